import { join } from 'node:path';

import t from 'tap';

import { isDraft, type Draft, type Imported } from '../../../src/import/draft.ts';
import { parseHosts } from '../../../src/import/wrappers/grammar.ts';
import { convertXinetd } from '../../../src/import/xinetd/convert.ts';
import { parseXinetd } from '../../../src/import/xinetd/grammar.ts';
import { foreignFiles, onlyDraft } from '../stage.ts';

const all = ['0.0.0.0/0', '::/0'];

function convert(text: string, hosts = ''): Imported {
  const sections = parseXinetd(text, 'f').flatMap((item) => (item.kind === 'section' ? [item.section] : []));
  return convertXinetd({ sections, remarks: [] }, parseHosts(hosts, 'hosts.deny', false).rules);
}

/** A program for a stream, and what is said besides. */
function service(attributes: string): string {
  return `service x\n{\nsocket_type = stream\nwait = no\nuser = nobody\nserver = /usr/sbin/in.x\n${attributes.replaceAll('; ', '\n')}\n}\n`;
}

t.test('entries that packages bring', async (t) => {
  for (const [text, expected] of [
    [
      'service amanda\n{\n disable = no\n flags = IPv4\n socket_type = stream\n protocol = tcp\n wait = no\n user = backup\n group = disk\n groups = yes\n server = /usr/lib/amanda/amandad\n server_args = -auth=bsdtcp amdump amindexd amidxtaped senddiscover\n}\n',
      {
        name: 'amanda',
        isEnabled: true,
        user: 'backup',
        group: 'disk',
        listen: [{ address: 'tcp://0.0.0.0:amanda' }],
        options: {
          command: ['/usr/lib/amanda/amandad', '-auth=bsdtcp', 'amdump', 'amindexd', 'amidxtaped', 'senddiscover'],
          argv0: 'amandad',
        },
        remarks: [],
      },
    ],
    [
      'service tangdx\n{\n port = 8888\n socket_type = stream\n wait = no\n user = _tang\n group = _tang\n server = /usr/libexec/tangdw\n log_on_success += USERID\n log_on_failure += USERID\n disable = no\n type = UNLISTED\n}\n',
      {
        listen: [{ address: 'tcp://*:8888' }],
        remarks: [
          'left out: USERID of log_on_success, because we do not ask for identities (RFC 1413)',
          'left out: USERID of log_on_failure, because we do not ask for identities (RFC 1413)',
        ],
      },
    ],
    [
      'service tftp\n{\n socket_type = dgram\n protocol = udp\n wait = yes\n user = root\n server = /usr/sbin/in.tftpd\n server_args = -s /var/lib/tftpboot\n disable = yes\n per_source = 11\n cps = 100 2\n flags = IPv4\n}\n',
      {
        isEnabled: false,
        listen: [{ address: 'udp://0.0.0.0:tftp' }],
        options: { command: ['/usr/sbin/in.tftpd', '-s', '/var/lib/tftpboot'], argv0: 'in.tftpd', wait: true },
        limits: {},
        remarks: ['left out: per_source, cps, because with "wait" the program takes what arrives by itself'],
      },
    ],
    [
      'service mysqlchk\n{\n disable = no\n flags = REUSE\n socket_type = stream\n port = 9200\n wait = no\n user = nobody\n server = /usr/bin/clustercheck\n only_from = 0.0.0.0/0\n per_source = UNLIMITED\n}\n',
      { listen: [{ address: 'tcp://*:9200' }], access: { allow: ['0.0.0.0/0'] }, limits: {}, remarks: [] },
    ],
    [
      'service check_mk\n{\n type = UNLISTED\n port = 6556\n socket_type = stream\n protocol = tcp\n wait = no\n user = root\n server = /usr/bin/check_mk_agent\n only_from = 127.0.0.1\n disable = no\n}\n',
      { user: 'root', access: { allow: ['127.0.0.1'] } },
    ],
    [
      'service echo\n{\n disable = yes\n type = INTERNAL\n id = echo-dgram\n socket_type = dgram\n protocol = udp\n user = root\n wait = yes\n}\n',
      {
        name: 'echo-dgram',
        type: 'echo',
        isEnabled: false,
        user: null,
        listen: [{ address: 'udp://*:echo' }],
        options: {},
      },
    ],
    [
      'service web\n{\n type = UNLISTED\n port = 8080\n socket_type = stream\n wait = no\n user = root\n redirect = ::1 80\n bind = 127.0.0.1\n}\n',
      { type: 'forward', user: null, listen: [{ address: 'tcp://127.0.0.1:8080' }], options: { to: 'tcp://[::1]:80' } },
    ],
  ] as const) {
    t.match(onlyDraft(convert(text).entries), expected, text.split('\n')[0] ?? '');
  }
});

t.test('each attribute of a program', async (t) => {
  for (const [attributes, options] of [
    ['server_args = a b', { command: ['/usr/sbin/in.x', 'a', 'b'], argv0: 'in.x' }],
    ['flags = NAMEINARGS; server_args = y b', { command: ['/usr/sbin/in.x', 'b'], argv0: 'y' }],
    [
      'flags = NAMEINARGS; server = /usr/sbin/tcpd; server_args = /usr/sbin/in.y b',
      { command: ['/usr/sbin/in.y', 'b'], argv0: 'in.y' },
    ],
    ['env = A=b C=d=e; env += F=', { env: { A: 'b', C: 'd=e', F: '' } }],
    ['passenv = HOME LANG', { pass_env: ['HOME', 'LANG'] }],
    ['passenv =', { pass_env: undefined }],
    ['umask = 022', { umask: '022' }],
    ['umask = 0', { umask: '000' }],
    ['umask = 0027', { umask: '027' }],
    ['nice = -5', { nice: -5 }],
    ['max_load = 4.5', { max_load: 4.5 }],
    ['rlimit_as = 8M; rlimit_cpu = 20; rlimit_files = 64', { rlimits: { as: '8MB', cpu: '20s', files: 64 } }],
    [
      'rlimit_data = 100; rlimit_rss = 5k; rlimit_stack = UNLIMITED',
      { rlimits: { data: '100B', rss: '5KB', stack: 'unlimited' } },
    ],
  ] as const) {
    const draft = onlyDraft(convert(service(attributes)).entries);
    t.match(draft.options, options, attributes);
    t.same(draft.remarks, [], attributes);
  }
});

t.test('each limit', async (t) => {
  for (const [attributes, limits] of [
    ['', {}],
    ['instances = 50', { connections: 50 }],
    ['instances = UNLIMITED', {}],
    ['instances = 1000000', { connections: 1_000_000 }],
    ['instances = 1000001', {}],
    ['per_source = 5', { per_source: 5 }],
    ['per_source = UNLIMITED', {}],
    ['cps = 25 30', { rate: '25/s', pause: '30s' }],
  ] as const) {
    t.same(onlyDraft(convert(service(attributes)).entries).limits, limits, attributes);
  }
});

t.test('where it listens', async (t) => {
  for (const [attributes, listen] of [
    ['', [{ address: 'tcp://*:x' }]],
    ['flags = IPv6', [{ address: 'tcp://*:x' }]],
    ['flags = IPv4', [{ address: 'tcp://0.0.0.0:x' }]],
    ['v6only = yes', [{ address: 'tcp://[::]:x' }]],
    ['interface = 192.0.2.1; port = 99', [{ address: 'tcp://192.0.2.1:99' }]],
    ['bind = ::1', [{ address: 'tcp://[::1]:x' }]],
    ['socket_type = dgram; bind = 239.1.2.3', [{ address: 'udp://0.0.0.0:x', multicast: ['239.1.2.3'] }]],
    ['bind = 239.1.2.3', []],
  ] as const) {
    t.same(onlyDraft(convert(service(attributes)).entries).listen, listen, attributes);
  }
});

t.test('hours, whose last minute was one of service', async (t) => {
  const draft = onlyDraft(convert(service('access_times = 2:00-8:59 12:00-23:59 9:00-9:00 x')).entries);
  t.same(draft.access, { hours: ['02:00-09:00', '12:00-24:00'] });
  t.same(draft.remarks, [
    'left out of access_times: expected hours with an end that differs from their beginning, got "9:00-9:00"',
    'left out of access_times: expected hours such as "08:00-18:00", got "x"',
  ]);
});

t.test('a banner is a file, and for those who are refused', async (t) => {
  const folder = foreignFiles(t, { fine: 'go away\n', long: 'x'.repeat(4097), bell: 'a\u0007' });
  const draft = onlyDraft(
    convert(service(`banner_fail = ${join(folder, 'fine')}; banner_success = /etc/hello`)).entries,
  );
  t.match(draft.options, { banner: { text: `\${file:${join(folder, 'fine')}}` } });
  t.same(draft.remarks, ['left out: banner_success, because we say nothing before a service does']);
  for (const [name, reason] of [
    ['long', 'is no short text'],
    ['bell', 'is no short text'],
    ['none', 'cannot be read'],
  ]) {
    const path = join(folder, name!);
    t.same(onlyDraft(convert(service(`banner = ${path}`)).entries).remarks, [
      'banner: only refused peers read it, because we say nothing before a service does',
      `left out: the banner in ${path}, which ${reason}`,
    ]);
  }
});

t.test('a sensor bans', async (t) => {
  for (const [attributes, options, limits, isEnabled] of [
    ['flags = SENSOR; deny_time = 60', { sensor: true }, { ban: '60m' }, true],
    ['flags = SENSOR', { sensor: true }, { ban: '365d' }, true],
    ['flags = SENSOR; deny_time = FOREVER', { sensor: true }, { ban: '365d' }, true],
    ['flags = SENSOR; deny_time = NEVER', { sensor: undefined }, {}, false],
    ['flags = SENSOR; socket_type = dgram', { sensor: undefined }, {}, false],
  ] as const) {
    t.match(onlyDraft(convert(service(attributes)).entries), { options, limits, isEnabled }, attributes);
  }
});

t.test('who is let in by neither of both is remarked', async (t) => {
  const sections = parseXinetd(service('only_from = 10.0.0.0'), 'f').flatMap((item) =>
    item.kind === 'section' ? [item.section] : [],
  );
  const rulesOf = (allow: string) => [
    ...parseHosts(allow, 'hosts.allow', true).rules,
    ...parseHosts('ALL: ALL', 'hosts.deny', false).rules,
  ];
  const draftWith = (allow: string) => onlyDraft(convertXinetd({ sections, remarks: [] }, rulesOf(allow)).entries);
  t.match(draftWith('in.x: 192.0.2.'), {
    access: { deny: all },
    remarks: ['nobody may connect: only_from and hosts.allow have nobody in common, there as here'],
  });
  t.match(draftWith('in.x: 10.1.'), { access: { allow: ['10.1.0.0/16'] }, remarks: [] });
  t.match(draftWith(''), { access: { deny: all } });
  t.same(
    draftWith('in.y: ALL').remarks,
    [nobody, 'left out: only_from 10.0.0.0, because nobody is let in anyway'],
    'hosts.deny is for nobody all by itself, and what was said beside it is not lost without a word',
  );
});

const nobody =
  'nobody may connect: hosts.allow and hosts.deny refuse everybody, as with an xinetd that has libwrap; "--hosts-deny /dev/null" imports without hosts.deny';

t.test('a service that nobody may use is remarked, unless it was meant so', async (t) => {
  for (const [attributes, remarks] of [
    ['', [nobody]],
    ['no_access = 10.0.0.1', [nobody, 'left out: no_access 10.0.0.1, because nobody is let in anyway']],
    ['only_from =', []],
    ['flags = NOLIBWRAP; only_from = 10.0.0.0', []],
    ['wait = yes', ['left out: who may connect, which is not looked at with "wait", there as here']],
  ] as const) {
    t.same(onlyDraft(convert(service(attributes), 'ALL: ALL').entries).remarks, remarks, attributes);
  }
});

t.test('libwrap and access control both have to agree', async (t) => {
  const access = (attributes: string, hosts: string) => onlyDraft(convert(service(attributes), hosts).entries).access;
  t.same(access('', 'in.x: 10.'), { deny: ['10.0.0.0/8'] });
  t.same(access('', 'x: 10.'), {}, 'it goes by the name of the program');
  t.same(access('libwrap = y', 'y: 10.'), { deny: ['10.0.0.0/8'] });
  t.same(access('flags = NOLIBWRAP', 'ALL: ALL'), {});
  t.same(access('only_from = 10.0.0.0 192.0.2.1', 'ALL: 192.0.2.'), { allow: ['10.0.0.0/8'], deny: ['192.0.2.0/24'] });
  t.same(access('only_from = 10.0.0.0', 'ALL: ALL'), { deny: all });
});

t.test('a program that has the socket itself lets in whoever sends', async (t) => {
  const draft = (attributes: string) =>
    onlyDraft(convert(service(`wait = yes; only_from = 10.0.0.0; ${attributes}`)).entries);
  t.match(draft('socket_type = dgram'), {
    isEnabled: false,
    access: {},
    remarks: ['not enabled: with "wait" nobody looks at who sends, and access was limited'],
  });
  t.match(draft(''), {
    isEnabled: true,
    access: {},
    remarks: ['left out: who may connect, which is not looked at with "wait", there as here'],
  });
});

t.test('without a word about its groups, a program has only the main one', async (t) => {
  const draft = (attributes: string, defaults = ''): Draft =>
    onlyDraft(convert(`defaults\n{\n${defaults}\n}\n${service(attributes)}`).entries);
  for (const [attributes, defaults, expected] of [
    ['', '', true],
    ['groups = no', '', true],
    ['groups = NO', '', true],
    ['groups = yes', '', false],
    ['groups = Yes', '', false],
    ['', 'groups = yes', false],
    ['groups = no', 'groups = yes', true],
    ['groups = maybe', '', true],
    ['redirect = 192.0.2.1 80', '', false],
  ] as const) {
    t.equal(draft(attributes, defaults).hasMainGroupOnly, expected, `${attributes}; defaults ${defaults}`);
  }
});

t.test('nothing is lost without a word', async (t) => {
  for (const [attributes, remarks] of [
    ['groups = maybe', ['left out: groups maybe is neither yes nor no']],
    ['flags = REUSE NODELAY NORETRY', []],
    [
      'flags = INTERCEPT KEEPALIVE LABELED IDONLY',
      [
        'left out: flag INTERCEPT',
        'left out: flag KEEPALIVE',
        'left out: flag LABELED',
        'left out: IDONLY, because we do not ask for identities (RFC 1413)',
      ],
    ],
    ['log_type = FILE /var/log/x', ['left out: log_type, because all services share one log']],
    ['deny_time = 5', ['left out: deny_time, which is for a SENSOR']],
    ['mdns = yes', ['left out: mdns, because we announce nothing']],
    ['umask = 8', ['left out: umask 8 is no octal number']],
    ['nice = 20', ['left out: nice 20']],
    ['max_load = high', ['left out: max_load high']],
    ['rlimit_cpu = 5M', ['left out: rlimit_cpu 5M']],
    ['env = A', ['left out: "A" of env is no NAME=value']],
    ['instances = few', ['left out: instances few']],
    ['instances = unlimited', ['instances UNLIMITED: at most 1000 at once here; limits.connections raises that']],
    [
      'instances = UNLIMITED; wait = yes',
      ['left out: instances, because with "wait" the program takes what arrives by itself'],
    ],
    ['instnaces = 5', ['line 7: xinetd has no attribute "instnaces", did you mean "instances"?']],
    ['zzz = 5', ['line 7: xinetd has no attribute "zzz"']],
    ['per_source = 0', ['left out: per_source 0']],
    ['cps = 5', ['left out: cps 5']],
    ['socket_type = dgram', ['"wait = no" with datagrams: it runs one program at a time here']],
    [
      'redirect = 10.0.0.1 80; nice = 3',
      ['left out: server, because no program is started', 'left out: nice, because no program is started'],
    ],
    ['bind = 239.1.2.3', ['left out: a stream has no multicast address such as 239.1.2.3']],
    [
      'no_access = 1.2.3.{',
      [
        'left out: "1.2.3.{" of no_access is no address, network or name',
        'not enabled: it would be open to more than before',
      ],
    ],
  ] as const) {
    t.same(onlyDraft(convert(service(attributes)).entries).remarks, remarks, attributes);
  }
});

t.test('what cannot be a service of ours', async (t) => {
  for (const [attributes, reason] of [
    ['type = RPC', 'its port is found through rpcbind, which we do not serve'],
    ['type = TCPMUX', 'we have no tcpmux (RFC 1078): give it a port of its own'],
    ['type = TCPMUXPLUS UNLISTED', 'we have no tcpmux (RFC 1078): give it a port of its own'],
    ['type = INTERNAL', 'we have no service like xinetd\'s own "x"'],
    ['socket_type = seqpacket', 'we have no sockets of type "seqpacket"'],
    ['protocol = sctp', 'we do not speak the protocol "sctp"'],
    ['redirect = host', 'its redirect is no host and port: host'],
    ['redirect = , x', 'its redirect is no host and port: , x'],
    ['redirect = 127.0.0.1 99; port = 99', 'it leads to itself: tcp://127.0.0.1:99'],
    ['redirect = 10.0.0.1 99; socket_type = dgram', 'we redirect streams only'],
    ['user =', 'it has no user'],
    ['server =', 'it has neither a server nor a redirect'],
    ['socket_type =', 'it has no socket_type'],
  ] as const) {
    const [entry] = convert(service(attributes)).entries;
    t.equal(entry === undefined || isDraft(entry) ? 'converted' : entry.reason, reason, attributes);
  }
});

t.test('the defaults are for all, and name who runs', async (t) => {
  const services = ['a', 'b'].map((id) => service(`id = ${id}`)).join('');
  const enabled = (defaults: string) =>
    convert(`defaults\n{\n${defaults}\n}\n${services}`).entries.map((entry) => isDraft(entry) && entry.isEnabled);
  t.same(enabled(''), [true, true]);
  t.same(enabled('disabled = a'), [false, true]);
  t.same(enabled('enabled = a'), [true, false]);
  const { entries } = convert(`defaults\n{\ninstances = 60\ncps = 25 30\n}\n${services}`);
  t.match(entries, [{ limits: { connections: 60, rate: '25/s', pause: '30s' } }, { limits: { connections: 60 } }]);
});

t.test('there is one of each id, and one of the defaults', async (t) => {
  const { entries } = convert(`${service('')}${service('')}defaults\n{\n}\ndefaults\n{\n}\n`);
  t.match(entries, [
    { name: 'x' },
    { reason: 'there is a service of the id "x" above' },
    { reason: 'there are defaults above already' },
  ]);
});

t.test('where the log goes', async (t) => {
  for (const [line, logging, remarks] of [
    ['log_type = SYSLOG authpriv', { facility: 'authpriv', outputs: ['console', { syslog: 'unix:/dev/log' }] }, []],
    [
      'log_type = SYSLOG daemon info',
      { facility: 'daemon', outputs: ['console', { syslog: 'unix:/dev/log' }] },
      ['defaults: left out: level info of log_type, because each event has its own'],
    ],
    [
      'log_type = FILE /var/log/xinetd.log 100 200',
      { outputs: ['console', { file: '/var/log/xinetd.log' }] },
      ['defaults: left out: the sizes of log_type: see logrotate(8)'],
    ],
    ['log_type = SYSLOG nonsense', undefined, ['defaults: left out: log_type SYSLOG nonsense']],
    ['port = 5', undefined, ['defaults: left out: port, which belongs to a service']],
    ['odd = 5', undefined, ['defaults: line 3: xinetd has no attribute "odd"']],
  ] as const) {
    const imported = convert(`defaults\n{\n${line}\n}\n`);
    t.same(imported.sections?.['logging'], logging, line);
    t.same(
      imported.remarks.map(({ text }) => text),
      remarks,
      line,
    );
  }
});
