import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import { load, render, types } from './harness.ts';

const limits = {
  connections: 1000,
  perSource: null,
  rate: null,
  ratePerSource: null,
  pause: 10_000,
  session: null,
  authFailures: { count: 10, window: 600_000 },
  ban: 600_000,
};
const tls = { certificates: [], minVersion: 'TLSv1.2', clientCa: null, clientCertificate: 'none', legacy: null };
const listen = { certificate: null, proxyProtocol: [], mode: null, broadcast: false, multicast: [] };
const service = {
  enabled: true,
  user: null,
  group: null,
  isolate: false,
  sensor: false,
  access: { allow: [], deny: [], neverBan: [], hours: [] },
  limits,
  tls,
  banner: null,
  deliver: [],
  options: {},
  base: '@',
};
const echoAddress = { kind: 'tcp', text: 'tcp://127.0.0.1:2007', host: '127.0.0.1', port: 2007, path: '', name: '' };
const one = 'services:\n  echo: { listen: tcp://127.0.0.1:2007 }\n';

t.test('the smallest file, and all the defaults', async (t) => {
  t.strictSame(await load(t, { files: { 'c.yaml': one } }), {
    file: '@/c.yaml',
    files: ['@/c.yaml'],
    daemon: {
      name: 'portico',
      user: null,
      group: null,
      state: '@/var',
      runtime: '@/var',
      workers: 1,
      drain: 30_000,
      drainReload: 600_000,
      memory: 1_073_741_824,
      journal: 2_592_000_000,
      spoolFree: 104_857_600,
    },
    logging: { level: 'info', facility: 'daemon', resolve: false, outputs: [{ kind: 'console', format: 'auto' }] },
    admin: null,
    certificates: {},
    accounts: [],
    deliveries: {},
    services: [{ ...service, name: 'echo', type: 'echo', listen: [{ ...echoAddress, ...listen }] }],
  });
});

t.test('a file that says everything', async (t) => {
  const text = `
daemon:
  name: gate
  state: ./data
  runtime: /run/gate
  workers: auto
  drain: 0s
  drain_reload: 1h
  memory: 64MB
  journal: none
logging:
  level: debug
  facility: local7
  resolve: true
  outputs:
    - console
    - console: pretty
    - file: ./log/a.log
    - { file: /log/b.log, format: rfc5424 }
    - syslog: udp://127.0.0.1:514
    - { syslog: "tls://[::1]:6514", format: rfc3164, ca: ./ca.pem }
    - syslog: unix:/dev/log
admin:
  listen: tcp://127.0.0.1:9080
accounts:
  - ./accounts.yaml
  - /etc/apache2/.htpasswd
  - { htpasswd: ./users }
  - { sqlite: ./accounts.db }
deliveries: {}
services:
  post:
    type: mail
    enabled: false
    listen:
      - tcp://127.0.0.1:0
      - { address: "unix:./post.sock", mode: "0660", proxy_protocol: [127.0.0.0/8, "::1"] }
    isolate: true
    sensor: true
    access: { allow: [127.0.0.0/8, "*.example.com"], deny: ["::1"], never_ban: [192.0.2.1], hours: ["22:00-06:00"] }
    limits:
      connections: 10
      per_source: 2
      rate: 100/s
      rate_per_source: 20/m
      pause: 1m
      idle: none
      session: 1d
      auth_failures: 5/10m
      ban: 365d
    tls: { min_version: TLSv1.3, legacy: { from: [10.0.0.0/8], min_version: TLSv1 } }
    banner: "busy\\r\\n"
    max_size: 1GB
    recipients: ["*@example.com"]
  drop:
    listen: { address: "udp://*:2009", broadcast: true, multicast: [239.1.2.3, "ff02::1:3"] }
    limits: { idle: 5m, session: none }
`;
  const syslog = { kind: 'udp', text: 'udp://127.0.0.1:514', host: '127.0.0.1', port: 514, path: '', name: '' };
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), {
    file: '@/c.yaml',
    files: ['@/c.yaml'],
    daemon: {
      name: 'gate',
      user: null,
      group: null,
      state: '@/data',
      runtime: '/run/gate',
      workers: availableParallelism(),
      drain: 0,
      drainReload: 3_600_000,
      memory: 67_108_864,
      journal: 0,
      spoolFree: 104_857_600,
    },
    logging: {
      level: 'debug',
      facility: 'local7',
      resolve: true,
      outputs: [
        { kind: 'console', format: 'auto' },
        { kind: 'console', format: 'pretty' },
        { kind: 'file', path: '@/log/a.log', format: 'json' },
        { kind: 'file', path: '/log/b.log', format: 'rfc5424' },
        { kind: 'syslog', address: syslog, format: 'rfc5424', ca: null },
        {
          kind: 'syslog',
          address: { ...syslog, kind: 'tls', text: 'tls://[::1]:6514', host: '::1', port: 6514 },
          format: 'rfc3164',
          ca: '@/ca.pem',
        },
        {
          kind: 'syslog',
          address: { kind: 'unix', text: 'unix:/dev/log', host: '', port: 0, path: '/dev/log', name: '' },
          format: 'rfc5424',
          ca: null,
        },
      ],
    },
    admin: { ...echoAddress, text: 'tcp://127.0.0.1:9080', port: 9080 },
    certificates: {},
    accounts: [
      { kind: 'file', path: '@/accounts.yaml' },
      { kind: 'htpasswd', path: '/etc/apache2/.htpasswd' },
      { kind: 'htpasswd', path: '@/users' },
      { kind: 'sqlite', path: '@/accounts.db' },
    ],
    deliveries: {},
    services: [
      {
        ...service,
        name: 'post',
        type: 'mail',
        enabled: false,
        listen: [
          { ...echoAddress, ...listen, text: 'tcp://127.0.0.1:0', port: 0 },
          {
            kind: 'unix',
            text: 'unix:./post.sock',
            host: '',
            port: 0,
            path: '@/post.sock',
            name: '',
            ...listen,
            mode: 0o660,
            proxyProtocol: ['127.0.0.0/8', '::1'],
          },
        ],
        isolate: true,
        sensor: true,
        access: {
          allow: ['127.0.0.0/8', '*.example.com'],
          deny: ['::1'],
          neverBan: ['192.0.2.1'],
          hours: [[1320, 360]],
        },
        limits: {
          connections: 10,
          perSource: 2,
          rate: { count: 100, window: 1000 },
          ratePerSource: { count: 20, window: 60_000 },
          pause: 60_000,
          idle: null,
          session: 86_400_000,
          authFailures: { count: 5, window: 600_000 },
          ban: 31_536_000_000,
        },
        tls: { ...tls, minVersion: 'TLSv1.3', legacy: { from: ['10.0.0.0/8'], minVersion: 'TLSv1' } },
        banner: 'busy\r\n',
        options: { max_size: '1GB', recipients: ['*@example.com'] },
      },
      {
        ...service,
        name: 'drop',
        type: 'drop',
        listen: [
          {
            kind: 'udp',
            text: 'udp://*:2009',
            host: '*',
            port: 2009,
            path: '',
            name: '',
            ...listen,
            broadcast: true,
            multicast: ['239.1.2.3', 'ff02::1:3'],
          },
        ],
        limits: { ...limits, idle: 300_000 },
      },
    ],
  });
});

t.test('a plan is frozen to its depths', async (t) => {
  const file = join(t.testdir({ 'c.yaml': one }), 'c.yaml');
  const plan = await loadConfig(file, { types, env: {} });
  t.ok(
    Object.isFrozen(plan) && Object.isFrozen(plan.services) && Object.isFrozen(plan.services[0]?.limits.authFailures),
  );
});

for (const [name, daemon, env, expected] of [
  [
    'systemd folders',
    '',
    { STATE_DIRECTORY: '/var/lib/a:/var/lib/b', RUNTIME_DIRECTORY: '/run/a' },
    ['/var/lib/a', '/run/a'],
  ],
  ['only a state folder', '', { STATE_DIRECTORY: '/var/lib/a' }, ['/var/lib/a', '/var/lib/a']],
  [
    'the file goes first',
    'daemon: { state: ./s }\n',
    { STATE_DIRECTORY: '/x', RUNTIME_DIRECTORY: '/run/a' },
    ['@/s', '/run/a'],
  ],
  ['runtime follows state', 'daemon: { state: ./s }\n', {}, ['@/s', '@/s']],
] as const) {
  t.test(`state and runtime: ${name}`, async (t) => {
    const plan = await load(t, { files: { 'c.yaml': `${daemon}${one}` }, env });
    t.match(plan, { daemon: { state: expected[0], runtime: expected[1] } });
  });
}

t.test('the excerpt shows the line, the one before, and the value', async (t) => {
  const text = `services:
  mail:
    listen: tcp://127.0.0.1:2525
    recipients: ["*@scans.example"]
    max_size: 25 megs
`;
  t.equal(
    await render(t, { files: { 'c.yaml': text } }),
    `c.yaml:5:15: services.mail.max_size: expected a size such as "25MB", got "25 megs"
   4 |     recipients: ["*@scans.example"]
 > 5 |     max_size: 25 megs
     |               ^^^^^^^
`,
  );
});

const twoSpaces = '  ';
const cases: readonly (readonly [name: string, text: string, mistakes: readonly string[]])[] = [
  ['an empty file', '', ['c.yaml:1:1: the file is empty, expected at least "services:"']],
  ['only comments', '# nothing\n', ['c.yaml:1:1: the file is empty, expected at least "services:"']],
  ['no services', 'daemon: {}\n', ['c.yaml:1:1: services: expected at least one service, got nothing']],
  [
    'services without a value',
    'daemon: {}\nservices:\n',
    ['c.yaml:2:1: services: expected at least one service, got nothing'],
  ],
  ['an empty map of services', 'services: {}\n', ['c.yaml:1:11: services: expected at least one service, got nothing']],
  ['a list of services', 'services: [echo]\n', ['c.yaml:1:11: services: expected a map of services']],
  ['a text', 'hello\n', ['c.yaml:1:1: expected a map of sections such as "services:"']],
  ['a list', '- services\n', ['c.yaml:1:1: expected a map of sections such as "services:"']],
  [
    'an unknown section',
    `servces: {}\ndeamon: {}\n${one}`,
    [
      'c.yaml:1:1: servces: unknown key "servces", did you mean "services"?',
      'c.yaml:2:1: deamon: unknown key "deamon", did you mean "daemon"?',
    ],
  ],
  [
    'an unknown key of a service, of the frame or of its type',
    'services:\n  mail:\n    lisen: tcp://127.0.0.1:2525\n    max_sise: 1MB\n    colour: red\n    limits: { conections: 5 }\n',
    [
      'c.yaml:3:5: services.mail.lisen: unknown key "lisen", did you mean "listen"?',
      'c.yaml:4:5: services.mail.max_sise: unknown key "max_sise", did you mean "max_size"?',
      'c.yaml:5:5: services.mail.colour: unknown key "colour"',
      'c.yaml:6:15: services.mail.limits.conections: unknown key "conections", did you mean "connections"?',
    ],
  ],
  [
    'a value that is missing',
    'daemon:\nservices:\n  echo:\n    listen:\n    limits: { idle: }\n',
    [
      'c.yaml:1:1: daemon: expected a map, got nothing',
      'c.yaml:4:5: services.echo.listen: expected an address such as "tcp://127.0.0.1:2007", a map or a list, got nothing',
      'c.yaml:5:15: services.echo.limits.idle: expected a duration such as "30s", or "none", got nothing',
    ],
  ],
  [
    'no address',
    'services:\n  echo:\n  mail: { wait: 1s }\n  drop: { enabled: false }\n  other: { type: echo, listen: [] }\n',
    [
      'c.yaml:2:3: services.echo.listen: expected an address such as "tcp://127.0.0.1:2007", got nothing',
      'c.yaml:3:3: services.mail.listen: expected an address such as "tcp://127.0.0.1:2007", got nothing',
      'c.yaml:5:32: services.other.listen: expected at least 1 item, got 0',
    ],
  ],
  [
    'what is not enabled is checked all the same',
    'services:\n  mail: { enabled: false, max_size: 5 }\n',
    ['c.yaml:2:37: services.mail.max_size: expected a size such as "25MB", got 5'],
  ],
  [
    'a service that is no map',
    'services:\n  echo: tcp://127.0.0.1:2007\n  mail: []\n',
    [
      'c.yaml:2:9: services.echo: expected a map with the options of the service',
      'c.yaml:3:9: services.mail: expected a map with the options of the service',
    ],
  ],
  [
    'values of other kinds',
    `daemon: { name: 5, workers: lots, drain: [1], memory: 63MB }
logging: { level: warn, resolve: yes, outputs: [] }
admin: { listen: udp://127.0.0.1:1 }
services:
  mail:
    listen: tcp://127.0.0.1:2525
    enabled: maybe
    auth: optonal
    recipients: all
    limit: 11
    headers: { X: a, ok: 1 }
`,
    [
      'c.yaml:1:17: daemon.name: expected a text, got 5',
      'c.yaml:1:29: daemon.workers: expected a number or "auto", got "lots"',
      'c.yaml:1:42: daemon.drain: expected a duration such as "30s", got a list',
      'c.yaml:1:55: daemon.memory: expected a size of at least 64MB, got "63MB"',
      'c.yaml:2:19: logging.level: expected "emerg", "alert", "crit", "err", "warning", "notice", "info" or "debug", got "warn"',
      'c.yaml:2:34: logging.resolve: expected true or false, got "yes"',
      'c.yaml:2:48: logging.outputs: expected at least 1 item, got 0',
      'c.yaml:3:18: admin.listen: expected an address such as "tcp://127.0.0.1:2007", got "udp://127.0.0.1:1"',
      'c.yaml:7:14: services.mail.enabled: expected true or false, got "maybe"',
      'c.yaml:8:11: services.mail.auth: expected "none", "optional" or "required", got "optonal", did you mean "optional"?',
      'c.yaml:9:17: services.mail.recipients: expected a list, got "all": a list of one is [all]',
      'c.yaml:10:12: services.mail.limit: expected a number of at most 10, got 11',
      'c.yaml:11:16: services.mail.headers.X: expected lower-case letters',
      'c.yaml:11:26: services.mail.headers.ok: expected a text, got 1',
    ],
  ],
  [
    'outputs',
    'logging:\n  outputs: [consol, { fil: a }, { file: a, formt: json }, { console: jsn }, { syslog: "tcp://*:1" }, {}]\n' +
      one,
    [
      'c.yaml:2:13: logging.outputs[0]: expected "console" or a map, got "consol"',
      'c.yaml:2:23: logging.outputs[1].fil: unknown key "fil", did you mean "file"?',
      'c.yaml:2:44: logging.outputs[2].formt: unknown key "formt", did you mean "format"?',
      'c.yaml:2:70: logging.outputs[3].console: expected "auto", "pretty", "json" or "syslog", got "jsn", did you mean "json"?',
      'c.yaml:2:87: logging.outputs[4].syslog: expected an address to connect to, not "*", got "tcp://*:1"',
      'c.yaml:2:102: logging.outputs[5].console: expected "auto", "pretty", "json" or "syslog", got nothing',
    ],
  ],
  [
    'access',
    'services:\n  echo:\n    listen: tcp://127.0.0.1:2007\n    access: { allow: [10.0.0.0/33, 300.1.1.1, "a b", "*"], hours: ["9-5", "08:00-25:00"], never: [] }\n',
    [
      'c.yaml:4:23: services.echo.access.allow[0]: expected a prefix of at most 32 bits, got "10.0.0.0/33"',
      'c.yaml:4:36: services.echo.access.allow[1]: expected an address or network such as "10.0.0.0/8", got "300.1.1.1"',
      'c.yaml:4:47: services.echo.access.allow[2]: expected an address, a network such as "10.0.0.0/8", or a name such as "*.example.com", got "a b"',
      'c.yaml:4:54: services.echo.access.allow[3]: expected an address, a network such as "10.0.0.0/8", or a name such as "*.example.com", got "*"',
      'c.yaml:4:68: services.echo.access.hours[0]: expected hours such as "08:00-18:00", got "9-5"',
      'c.yaml:4:75: services.echo.access.hours[1]: expected hours from 00:00 to 24:00, got "08:00-25:00"',
      'c.yaml:4:91: services.echo.access.never: unknown key "never"',
    ],
  ],
  [
    'limits: at and past their bounds',
    `services:
  a: { type: echo, listen: tcp://127.0.0.1:1, limits: { connections: 0, per_source: 1000000, idle: 0ms, ban: 366d } }
  b: { type: echo, listen: tcp://127.0.0.1:2, limits: { connections: 1000001, per_source: 1.5, rate: 5, session: 25d } }
`,
    [
      'c.yaml:2:70: services.a.limits.connections: expected a number of at least 1, got 0',
      'c.yaml:2:100: services.a.limits.idle: expected a duration of at least 1ms, got "0ms"',
      'c.yaml:2:110: services.a.limits.ban: expected a duration of at most 365d, got "366d"',
      'c.yaml:3:70: services.b.limits.connections: expected a number of at most 1000000, got 1000001',
      'c.yaml:3:91: services.b.limits.per_source: expected a whole number, got 1.5',
      'c.yaml:3:102: services.b.limits.rate: expected a rate such as "50/s" or "10/1m", got 5',
      'c.yaml:3:114: services.b.limits.session: expected a duration of at most 24d, got "25d"',
    ],
  ],
  [
    'a banner with control characters',
    'services:\n  echo: { listen: tcp://127.0.0.1:2007, banner: "a\\eb" }\n',
    ['c.yaml:2:49: services.echo.banner: expected a text without control characters'],
  ],
  [
    'names of services',
    `services:
  ${'a'.repeat(64)}: { type: echo, listen: tcp://127.0.0.1:1 }
  ${'a'.repeat(65)}: { type: echo, listen: tcp://127.0.0.1:2 }
  a/b: { type: echo, listen: tcp://127.0.0.1:3 }
  -a: { type: echo, listen: tcp://127.0.0.1:4 }
  Mail_2.x-1: { type: echo, listen: tcp://127.0.0.1:5 }
`,
    [
      `c.yaml:3:3: services.${'a'.repeat(65)}: expected a name of at most 64 letters, digits, ".", "_" and "-" that begins with a letter or digit`,
      'c.yaml:4:3: services.a/b: expected a name of at most 64 letters, digits, ".", "_" and "-" that begins with a letter or digit',
      'c.yaml:5:3: services.-a: expected a name of at most 64 letters, digits, ".", "_" and "-" that begins with a letter or digit',
    ],
  ],
  [
    'mistakes of all kinds at once, in the order of the lines',
    `daemon: { user: no-such-user, group: no-such-group }
services:
  ecoh: { listen: tcp://127.0.0.1:1 }
  mail: { listen: udp://127.0.0.1:2, user: no-such-user }
  drop: { listen: tcp://127.0.0.1:nonsense, once: 1 }
${twoSpaces}echo: { listen: tcp://127.0.0.1:1, group: root }
`,
    [
      'c.yaml:1:17: daemon.user: there is no user called "no-such-user"',
      'c.yaml:1:38: daemon.group: there is no group called "no-such-group"',
      'c.yaml:3:3: services.ecoh: unknown service type "ecoh", did you mean "echo"?',
      'c.yaml:4:19: services.mail.listen: expected an address such as "tcp://127.0.0.1:2007", because this service type takes connections only',
      'c.yaml:4:44: services.mail.user: there is no user called "no-such-user"',
      'c.yaml:5:19: services.drop.listen: expected a port number, or a name that the services database knows, got "tcp://127.0.0.1:nonsense"',
      'c.yaml:5:51: services.drop.once: expected true or false, got 1',
      'c.yaml:6:19: services.echo.listen: expected an address of its own, got "tcp://127.0.0.1:1": services.ecoh listens there',
      'c.yaml:6:45: services.echo.group: group needs a user beside it: add user',
    ],
  ],
];
for (const [name, text, mistakes] of cases) {
  t.test(`tells of ${name}`, async (t) => {
    t.strictSame(await load(t, { files: { 'c.yaml': text } }), mistakes);
  });
}

t.test(
  'a valid file that is cut short or altered anywhere gives a plan or a ConfigError, never anything else',
  async (t) => {
    const text = `# é
daemon: { name: "gate", workers: 2, state: '\${STATE:-./var}' }
include: [conf.d/*.yaml]
logging:
  outputs:
    - &out { file: ./a.log, format: json }
    - *out
services:
  echo: { listen: [tcp://127.0.0.1:2007, { address: "udp://*:0", broadcast: true }] }
  mail:
    <<: { isolate: true }
    listen: tcp://[::1]:2525
    max_size: 25MB
    banner: |
      busy,
      come again
    access: { hours: ["08:00-18:00"], allow: [10.0.0.0/8] }
`;
    const folder = t.testdir({});
    const file = join(folder, 'c.yaml');
    const { writeFileSync } = await import('node:fs');
    const bytes = Buffer.from(text);
    let count = 0;
    const attempt = async (altered: Buffer): Promise<void> => {
      writeFileSync(file, altered);
      count++;
      try {
        await loadConfig(file, { types, env: {} });
      } catch (error) {
        if (!(error instanceof ConfigError) || error.mistakes.length === 0)
          t.fail(String(error), { text: altered.toString() });
        for (const { line, column, length } of (error as ConfigError).mistakes ?? []) {
          if (line < 1 || column < 1 || length < 1) t.fail('a place that is none', { text: altered.toString() });
        }
      }
    };
    await attempt(bytes);
    for (let at = 0; at < bytes.length; at += 7) {
      await attempt(bytes.subarray(0, at));
      for (const other of ['\0', '\t', '"', '{', ']', '\xff', '\n', '&', '*', '$', ':']) {
        const altered = Buffer.from(bytes);
        altered[at] = other.charCodeAt(0);
        await attempt(altered);
      }
    }
    t.ok(count > 500);
  },
);

t.test(
  'mistakes in accounts files are among the others, with their own places and without what is secret',
  async (t) => {
    const files = {
      'c.yaml': 'accounts: [./accounts.yaml, ./.htpasswd]\nservices:\n  echo: { listen: tcp://127.0.0.1:x }\n',
      'accounts.yaml': 'alice: { password: hunter2 }\nbob: { qota: 1GB }\n',
      '.htpasswd': 'carol\n',
    };
    const found = (await load(t, { files })) as string[];
    t.match(found.sort(), [
      /^\.htpasswd:1:1: expected NAME:HASH$/,
      /^accounts\.yaml:1:20: alice\.password: expected a password hash/,
      /^accounts\.yaml:2:8: bob\.qota: unknown key "qota", did you mean "quota"\?$/,
      /^c\.yaml:3:19: services\.echo\.listen: /,
    ]);
    t.notMatch(found.join('\n'), 'hunter2');
    t.notMatch(await render(t, { files }), 'hunter2', 'nor does the line stand below');
  },
);

for (const [accounts, expected] of [
  ['{ sql: ./a }', 'c.yaml:1:13: accounts.sql: unknown key "sql"'],
  ['{ sqlite: ./a, htpasswd: ./b }', 'c.yaml:1:13: accounts.sqlite: the key "sqlite" does not go with the others'],
  ['5', 'c.yaml:1:11: accounts: expected a path, {sqlite: PATH} or {htpasswd: PATH}'],
  ['', 'c.yaml:1:1: accounts: expected a path, {sqlite: PATH} or {htpasswd: PATH}'],
] as const) {
  t.test(`tells of accounts: ${accounts}`, async (t) => {
    t.strictSame(await load(t, { files: { 'c.yaml': `accounts: ${accounts}\n${one}` } }), [expected]);
  });
}

t.test('an accounts file may be missing, and hashes do not stand in the plan', async (t) => {
  const hash = '$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$1pazaWFI7iSXJLTjb4ccs7OW1XPlIRFV+XIUMR/UnJg';
  const files = {
    'c.yaml': `accounts: [./missing.yaml, ./accounts.yaml]\n${one}`,
    'accounts.yaml': `alice: { password: "${hash}" }\n`,
  };
  const plan = await load(t, { files });
  t.match(plan, { accounts: [{ path: '@/missing.yaml' }, { path: '@/accounts.yaml' }] });
  t.notMatch(JSON.stringify(plan), 'scrypt');
});
