import t from 'tap';

import { parseAddress, renderTrials } from '../../src/cli/trials.ts';
import type { ServiceModule } from '../../src/contract/service.ts';
import { daemonPlan, listenPlan, servicePlan } from '../support/plans.ts';
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
      {
        types,
        plan: { services: [servicePlan({ name: 'echo', options: { a: 1 } })], certificates: {}, daemon: daemonPlan() },
      },
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

t.test('names the authority where the certificate is from our own', async (t) => {
  const services = [
    { ...echo, listeners: [{ address: 'tls://127.0.0.1:2008' }, { address: 'tls://127.0.0.1:2009' }] },
    { ...echo, name: 'shop', listeners: [{ address: 'tls://127.0.0.1:443' }] },
    { ...echo, name: 'own', type: '/srv/own.ts', listeners: [{ address: 'tls://127.0.0.1:1' }] },
  ];
  const types = new Map([
    [
      'echo',
      { trial: ({ port, authority = '-' }) => `${port} ${authority}` } as Partial<ServiceModule> as ServiceModule,
    ],
  ]);
  const plan = {
    services: [
      servicePlan({
        name: 'echo',
        listen: [listenPlan('tls://127.0.0.1:2008'), listenPlan('tls://127.0.0.1:2009', { certificate: 'public' })],
      }),
      servicePlan({ name: 'shop', tls: { ...servicePlan().tls, certificates: ['public', 'default'] } }),
      servicePlan({ name: 'own' }),
    ],
    certificates: { default: { kind: 'self_signed' }, public: { kind: 'acme' } },
    daemon: { state: '/srv/my var' },
  } as const;
  const shown = (directory: string): string =>
    renderTrials({ ...status, admin: null, services }, { types, plan }, createFakeTerminal({ directory }));
  t.equal(
    shown('/srv'),
    [
      'SERVICE  ADDRESS               TRY',
      'echo     tls://127.0.0.1:2008  2008 my var/ca/ca.pem',
      'echo     tls://127.0.0.1:2009  2009 -',
      'shop     tls://127.0.0.1:443   443 -',
      "own      tls://127.0.0.1:1     openssl s_client -quiet -connect 127.0.0.1:1 -CAfile 'my var/ca/ca.pem'",
      '',
      '',
    ].join('\n'),
  );
  t.match(shown('/home/me'), '2008 /srv/my var/ca/ca.pem', 'by its path from elsewhere');
});
