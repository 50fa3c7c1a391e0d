import t from 'tap';

import { findConflicts } from '../../src/config/addresses.ts';
import { parseAddress } from '../../src/contract/options.ts';

for (const [first, second, expected] of [
  ['tcp://127.0.0.1:80', 'tcp://127.0.0.1:80', true],
  ['tcp://127.0.0.1:80', 'tls://127.0.0.1:80', true],
  ['tcp://127.0.0.1:80', 'udp://127.0.0.1:80', false],
  ['tcp://127.0.0.1:80', 'tcp://127.0.0.1:81', false],
  ['tcp://127.0.0.1:80', 'tcp://127.0.0.2:80', false],
  ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0', false],
  ['tcp://*:80', 'tcp://127.0.0.1:80', true],
  ['tcp://[::1]:80', 'tcp://*:80', true],
  ['tcp://0.0.0.0:80', 'tcp://127.0.0.1:80', true],
  ['tcp://0.0.0.0:80', 'tcp://[::1]:80', false],
  ['tcp://[::]:80', 'tcp://[::1]:80', true],
  ['tcp://[::]:80', 'tcp://127.0.0.1:80', false],
  ['tcp://[::1]:80', 'tcp://[0:0:0:0:0:0:0:1]:80', true],
  ['tcp://LOCALHOST:80', 'tcp://localhost:80', true],
  ['udp://*:53', 'udp://*:53', true],
  ['unix:/run/a', 'unix:/run/../run/a', true],
  ['unix:/run/a', 'unix:/run/b', false],
  ['socket:a', 'socket:a', true],
  ['socket:a', 'socket:b', false],
  ['socket:a', 'unix:a', false],
] as const) {
  t.test(`${first} and ${second} ${expected ? 'meet' : 'do not meet'}`, async (t) => {
    const claims = [first, second].map((text, owner) => ({ address: parseAddress(text), owner }));
    const owners = findConflicts(claims).map((conflict) => [conflict.first.owner, conflict.second.owner]);
    t.strictSame(owners, expected ? [[0, 1]] : []);
  });
}
