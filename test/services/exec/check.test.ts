import t from 'tap';

import { parseAddress } from '../../../src/contract/options.ts';
import type { ListenPlan } from '../../../src/contract/index.ts';
import { checkExec } from '../../../src/services/exec/check.ts';
import { execOptions } from '../../../src/services/exec/options.ts';

function listen(text: string, proxyProtocol: string[] = []): ListenPlan {
  return { ...parseAddress(text), certificate: null, proxyProtocol, mode: null, broadcast: false, multicast: [] };
}

t.test('tells what a program cannot be started for', async (t) => {
  const table = [
    [false, listen('tcp://127.0.0.1:1'), null],
    [false, listen('tls://127.0.0.1:1'), null],
    [false, listen('unix:/run/x'), null],
    [false, listen('socket:x'), null],
    [false, listen('tcp://127.0.0.1:1', ['10.0.0.0/8']), null],
    [false, listen('udp://127.0.0.1:1'), 'expected true for udp://127.0.0.1:1, got false'],
    [true, listen('udp://127.0.0.1:1'), null],
    [true, listen('tcp://127.0.0.1:1'), null],
    [true, listen('tls://127.0.0.1:1'), 'expected false for tls://127.0.0.1:1, got true'],
    [
      true,
      listen('tcp://127.0.0.1:1', ['10.0.0.0/8']),
      'expected false where tcp://127.0.0.1:1 takes a PROXY header, got true',
    ],
  ] as const;
  for (const [wait, address, message] of table) {
    const options = execOptions.parse({ command: ['/bin/cat'], wait });
    t.same(
      checkExec(options, [listen('unix:/run/first'), address]),
      message === null ? null : { path: 'wait', message },
    );
  }
});
