import t from 'tap';

import { leadsToItself, redirectTo } from '../../../src/import/xinetd/redirect.ts';

for (const [values, to] of [
  [['10.0.0.1', '80'], 'tcp://10.0.0.1:80'],
  [['::1', '80'], 'tcp://[::1]:80'],
  [['www.example.com', 'http'], 'tcp://www.example.com:http'],
  [['www.example.com'], null],
  [['www.example.com', '80', '81'], null],
  [['www.example.com', '0'], null],
  [['www.example.com', 'no-such-port'], null],
  [[',', '80'], null],
  [[], null],
] as const) {
  t.equal(redirectTo(values), to, values.join(' '));
}

for (const [to, address, expected] of [
  ['tcp://127.0.0.1:80', 'tcp://*:80', true],
  ['tcp://localhost:80', 'tcp://0.0.0.0:80', true],
  ['tcp://[::1]:80', 'tcp://[::]:80', true],
  ['tcp://10.0.0.1:80', 'tcp://10.0.0.1:80', true],
  ['tcp://10.0.0.1:80', 'tcp://*:80', false],
  ['tcp://127.0.0.1:81', 'tcp://*:80', false],
  ['tcp://127.0.0.1:80', 'tcp://127.0.0.2:80', false],
  ['tcp://127.0.0.1:80', 'tcp://*:no-such-port', false],
] as const) {
  t.equal(leadsToItself(to, [{ address }]), expected, `${to} ${address}`);
}
