import t from 'tap';

import { parseAddress, renderTrials } from '../../src/cli/trials.ts';
import type { ServiceModule } from '../../src/contract/service.ts';
import { createFakeTerminal, echo, status } from './fakes.ts';

for (const [text, expected] of [
  ['tcp://127.0.0.1:2007', { kind: 'tcp', host: '127.0.0.1', port: 2007, path: '' }],
  ['tls://[::1]:443', { kind: 'tls', host: '::1', port: 443, path: '' }],
  ['udp://*:69', { kind: 'udp', host: '*', port: 69, path: '' }],
  ['tcp://host.example:80', { kind: 'tcp', host: 'host.example', port: 80, path: '' }],
  ['unix:/run/a b.sock', { kind: 'unix', host: '', port: 0, path: '/run/a b.sock' }],
  ['socket:web', null],
  ['tcp://127.0.0.1', null],
  ['', null],
] as const) {
  t.same(parseAddress(text), expected, text);
}

t.test('a row for each address, none for what is disabled, the reason for what failed', async (t) => {
  const types = new Map([
    [
      'echo',
      {
        trial: ({ kind, port }, options) => `${kind} ${port}${options === undefined ? '' : JSON.stringify(options)}`,
      } as Partial<ServiceModule> as ServiceModule,
    ],
    ['mute', {} as ServiceModule],
  ]);
  const services = [
    echo,
    { ...echo, name: 'old', state: 'disabled' as const },
    { ...echo, name: 'quiet', type: 'mute', listeners: [{ address: 'unix:/run/q' }] },
    { ...echo, name: 'own', type: '/srv/own.ts', listeners: [{ address: 'tcp://127.0.0.1:1' }] },
    { ...echo, name: 'trap', sensor: true as const, listeners: [{ address: 'tcp://127.0.0.1:23' }] },
    { ...echo, name: 'bad', state: 'failed' as const, error: 'no such file' },
  ];
  t.equal(
    renderTrials(
      { ...status, admin: 'tcp://[::]:9080', services },
      { types, services: [{ name: 'echo', options: { a: 1 } }] },
      createFakeTerminal(),
    ),
    [
      'SERVICE  ADDRESS               TRY',
      'echo     tcp://127.0.0.1:2007  tcp 2007{"a":1}',
      'echo     udp://127.0.0.1:2007  udp 2007{"a":1}',
      'quiet    unix:/run/q',
      'own      tcp://127.0.0.1:1     nc 127.0.0.1 1',
      'trap     tcp://127.0.0.1:23    a trap: do not try',
      'bad      -                     no such file',
      'admin    tcp://[::]:9080       curl http://localhost:9080/api/status',
      '',
      '',
    ].join('\n'),
  );
});
