import t from 'tap';

import { parseAddress } from '../../../src/contract/options.ts';
import type { ListenPlan } from '../../../src/contract/index.ts';
import { checkForward } from '../../../src/services/forward/check.ts';
import { forwardOptions } from '../../../src/services/forward/options.ts';

function listen(text: string): ListenPlan {
  return { ...parseAddress(text), certificate: null, proxyProtocol: [], mode: null, broadcast: false, multicast: [] };
}

t.test('tells what cannot be forwarded', async (t) => {
  const own = (to: string) => `expected another address than the service's own, got "${to}"`;
  const table = [
    ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2', null],
    ['tls://127.0.0.1:1', 'unix:/run/x', null],
    ['unix:/run/y', 'tls://example.com:443', null],
    ['udp://127.0.0.1:1', 'udp://127.0.0.1:2', null],
    ['socket:x', 'udp://127.0.0.1:2', null],
    ['socket:x', 'tcp://127.0.0.1:2', null],
    [
      'udp://127.0.0.1:1',
      'tcp://127.0.0.1:2',
      'expected an address such as "udp://127.0.0.1:53" for what comes to udp://127.0.0.1:1, got "tcp://127.0.0.1:2"',
    ],
    [
      'tcp://127.0.0.1:1',
      'udp://127.0.0.1:2',
      'expected a tcp, tls or unix address for what comes to tcp://127.0.0.1:1, got "udp://127.0.0.1:2"',
    ],
    ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:1', own('tcp://127.0.0.1:1')],
    ['tls://127.0.0.1:1', 'tcp://127.0.0.1:1', own('tcp://127.0.0.1:1')],
    ['tcp://*:1', 'tcp://localhost:1', own('tcp://localhost:1')],
    ['udp://0.0.0.0:1', 'udp://127.0.0.1:1', own('udp://127.0.0.1:1')],
    ['tcp://[::]:1', 'tcp://[::1]:1', own('tcp://[::1]:1')],
    ['tcp://*:1', 'tcp://10.0.0.1:1', null],
    ['unix:/run/x', 'unix:/run/x', own('unix:/run/x')],
  ] as const;
  for (const [from, to, message] of table) {
    const options = forwardOptions.parse({ to });
    t.same(
      checkForward(options, [listen(from)]),
      message === null ? null : { path: 'to', message },
      `${from} to ${to}`,
    );
  }
});

t.test('refuses options that the target has no use for', async (t) => {
  const table = [
    [{}, 'to'],
    [{ to: 'tcp://*:1' }, 'to'],
    [{ to: 'tcp://127.0.0.1:0' }, 'to'],
    [{ to: 'socket:x' }, 'to'],
    [{ to: 'tcp://127.0.0.1:1', connect_timeout: '0s' }, 'connect_timeout'],
    [{ to: 'udp://127.0.0.1:1', send_proxy: 'v2' }, 'send_proxy'],
    [{ to: 'tcp://127.0.0.1:1', ca: '/x' }, 'ca'],
    [{ to: 'tcp://127.0.0.1:1', server_name: 'x' }, 'server_name'],
  ] as const;
  for (const [options, path] of table) {
    t.same(forwardOptions.safeParse(options).error?.issues[0]?.path, [path], JSON.stringify(options));
  }
});
