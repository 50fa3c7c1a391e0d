import t from 'tap';

import { isDraft, type Draft, type Unconverted } from '../../../src/import/draft.ts';
import { convertSystemd } from '../../../src/import/systemd/convert.ts';
import { createUnit, parseUnit, type Unit } from '../../../src/import/systemd/units.ts';

function unitOf(section: string, settings: string): Unit {
  return createUnit(parseUnit(`[${section}]\n${settings.replaceAll('; ', '\n')}\n`, 'f').settings);
}

function convert(socket: string, service: string | null): Draft | Unconverted {
  const pair = {
    source: { file: 'x.socket', line: 1, text: '' },
    name: 'x',
    socket: unitOf('Socket', socket),
    service: service === null ? null : unitOf('Service', service),
    serviceName: 'x@.service',
  };
  const [entry] = convertSystemd({ pairs: [pair], remarks: [] }).entries;
  if (entry === undefined) throw new Error('nothing');
  return entry;
}

/** A socket that accepts, and a service that takes the connection as its input. */
function draftOf(service: string, socket = ''): Draft {
  const draft = convert(
    `ListenStream=99; Accept=yes; ${socket}`,
    `ExecStart=/bin/x a; StandardInput=socket; ${service}`,
  );
  if (!isDraft(draft)) throw new Error(draft.reason);
  return draft;
}

t.test("what is Debian's for sshd", async (t) => {
  const service =
    'EnvironmentFile=-/etc/default/ssh; ExecStart=-/usr/sbin/sshd -i $SSHD_OPTS; StandardInput=socket; RuntimeDirectory=sshd';
  t.match(convert('ListenStream=22; Accept=yes', service), {
    name: 'x',
    isEnabled: false,
    user: 'root',
    listen: [{ address: 'tcp://*:22' }],
    options: { command: ['/usr/sbin/sshd', '-i'], stderr: 'socket' },
    limits: { connections: 64 },
    remarks: [
      'left out: the variables in /etc/default/ssh',
      'not enabled: we do not know what $SSHD_OPTS stands for in its command',
      'left out: RuntimeDirectory',
    ],
  });
});

t.test('each setting of a service', async (t) => {
  for (const [settings, expected] of [
    ['User=nobody; Group=tty', { user: 'nobody', group: 'tty' }],
    ['WorkingDirectory=-/srv', { options: { directory: '/srv' } }],
    ['UMask=027', { options: { umask: '0027' } }],
    ['Nice=-5', { options: { nice: -5 } }],
    [
      'Environment="A=b c" D=100%%; PassEnvironment=LANG TERM',
      { options: { env: { A: 'b c', D: '100%' }, pass_env: ['LANG', 'TERM'] } },
    ],
    ['StandardError=journal', { options: { stderr: undefined } }],
    ['StandardError=null', { options: { stderr: 'discard' } }],
    ['StandardOutput=socket; StandardError=inherit', { options: { stderr: 'socket' } }],
    [
      'LimitNOFILE=512; LimitAS=16M; LimitCPU=1min; LimitCORE=0; LimitNPROC=infinity',
      { options: { rlimits: { files: 512, as: '16MB', cpu: '60s', core: '0B', processes: 'unlimited' } } },
    ],
    ['RuntimeMaxSec=1h', { limits: { connections: 64, session: '60m' } }],
    ['RuntimeMaxSec=infinity', { limits: { connections: 64 } }],
    ['ExecStart=; ExecStart=@/bin/x y z', { options: { command: ['/bin/x', 'z'], argv0: 'y' } }],
    ['ExecStart=; ExecStart=-@/bin/x y z', { options: { command: ['/bin/x', 'z'], argv0: 'y' } }],
  ] as const) {
    const draft = draftOf(settings);
    t.match(draft, expected, settings);
    t.same(draft.remarks, [], settings);
  }
});

t.test('each setting of a socket', async (t) => {
  for (const [settings, limits] of [
    ['MaxConnections=5; MaxConnectionsPerSource=2', { connections: 5, per_source: 2 }],
    ['MaxConnectionsPerSource=0', { connections: 64 }],
    ['TriggerLimitBurst=50', { connections: 64, rate: '50/2s' }],
    ['TriggerLimitIntervalSec=10s', { connections: 64, rate: '200/10s' }],
    ['TriggerLimitIntervalSec=0', { connections: 64 }],
  ] as const) {
    t.same(draftOf('', settings).limits, limits, settings);
  }
});

t.test('who may connect', async (t) => {
  for (const [settings, access] of [
    ['IPAddressDeny=any; IPAddressAllow=localhost 10.0.0.0/8', { allow: ['127.0.0.0/8', '::1', '10.0.0.0/8'] }],
    ['IPAddressDeny=10.0.0.1', { deny: ['10.0.0.1'] }],
    ['IPAddressAllow=10.0.0.0/8', {}],
    ['IPAddressDeny=multicast link-local', { deny: ['224.0.0.0/4', 'ff00::/8', '169.254.0.0/16', 'fe80::/64'] }],
  ] as const) {
    t.same(draftOf('', settings).access, access, settings);
  }
  t.match(draftOf('', 'IPAddressDeny=nonsense'), {
    isEnabled: false,
    remarks: ['left out: IPAddressDeny=nonsense', 'not enabled: it would be open to more than before'],
  });
});

t.test('a program that takes the socket itself', async (t) => {
  const draft = convert(
    'ListenDatagram=69; IPAddressDeny=10.0.0.1',
    'ExecStart=/bin/x; StandardInput=socket; User=nobody',
  );
  t.match(draft, {
    isEnabled: false,
    options: { command: ['/bin/x'], wait: true },
    limits: {},
    access: {},
    remarks: ['not enabled: nobody looks at who sends to a socket that the program has itself, and access was limited'],
  });
});

t.test('nothing is lost without a word', async (t) => {
  for (const [service, socket, remarks] of [
    ['ProtectSystem=strict; NoNewPrivileges=yes', 'Backlog=5', ['left out: Backlog, ProtectSystem, NoNewPrivileges']],
    ['LimitNOFILE=512:1024', '', ['LimitNOFILE=512:1024: the hard limit is both here']],
    ['LimitNOFILE=many', '', ['left out: LimitNOFILE=many']],
    ['RuntimeMaxSec=25d', '', ['left out: RuntimeMaxSec=25d']],
    ['WorkingDirectory=~', '', ['left out: WorkingDirectory=~']],
    [
      'ExecStart=; ExecStart=+/bin/x',
      '',
      ['left out: "+" before its command, which gave it more rights than its user\'s'],
    ],
    ['', 'TriggerLimitIntervalSec=25d', ['left out: TriggerLimitIntervalSec=25d, TriggerLimitBurst=']],
    ['', 'TriggerLimitBurst=x', ['left out: TriggerLimitIntervalSec=, TriggerLimitBurst=x']],
    ['', 'MaxConnections=x', ['left out: MaxConnections=x']],
    ['ExecStart=; ExecStart=/bin/x %i', '', ['not enabled: we do not know what %i stands for in its command']],
  ] as const) {
    t.same(draftOf(service, socket).remarks, remarks, service + socket);
  }
});

t.test('what cannot be a service of ours', async (t) => {
  const socket = 'ListenStream=99; Accept=yes';
  for (const [given, service, reason] of [
    [socket, null, 'there is no x@.service'],
    [
      socket,
      'ExecStart=/bin/x',
      'its program takes sockets by LISTEN_FDS, not as its standard input (StandardInput=socket)',
    ],
    [
      socket,
      'StandardInput=socket; StandardOutput=journal; ExecStart=/bin/x',
      'its output goes elsewhere (StandardOutput=journal)',
    ],
    [
      socket,
      'StandardInput=socket; DynamicUser=yes; ExecStart=/bin/x',
      'its user is one that only systemd makes (DynamicUser)',
    ],
    [socket, 'StandardInput=socket', 'expected one ExecStart=, got 0'],
    [socket, 'StandardInput=socket; ExecStart=/bin/x "y', 'its ExecStart= is no command line'],
    [socket, 'StandardInput=socket; ExecStart=/bin/x ;\t/bin/y', 'its ExecStart= has more than one command'],
    [socket, 'StandardInput=socket; ExecStart=x', 'expected the absolute path of a program, got "x"'],
    [
      'ListenDatagram=69; Accept=yes',
      'StandardInput=socket; ExecStart=/bin/x',
      'systemd accepts no datagrams (Accept=yes)',
    ],
  ] as const) {
    const entry = convert(given, service);
    t.equal(isDraft(entry) ? 'converted' : entry.reason, reason, String(service));
  }
});
