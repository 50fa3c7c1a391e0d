import t from 'tap';

import { isDraft } from '../../../src/import/draft.ts';
import { convertInetd, identityOf } from '../../../src/import/inetd/convert.ts';
import type { Dialect } from '../../../src/import/inetd/dialect.ts';
import { readInetdLines } from '../../../src/import/inetd/reader.ts';
import { parseHosts } from '../../../src/import/wrappers/grammar.ts';
import { machine, onlyDraft } from '../stage.ts';

const denyAll = parseHosts('ALL: ALL', 'hosts.deny', false).rules;
const all = ['0.0.0.0/0', '::/0'];

function convert(text: string, dialect: Dialect = 'openbsd', hosts = denyAll) {
  return convertInetd(readInetdLines({ file: 'inetd.conf', text }, dialect), { dialect, hosts, machine }).entries;
}

t.test('entries that packages bring', async (t) => {
  for (const [line, expected] of [
    [
      'amanda stream tcp nowait backup /usr/lib/amanda/amandad amandad -auth=bsdtcp amdump amindexd amidxtaped',
      {
        name: 'amanda',
        user: 'backup',
        options: {
          command: ['/usr/lib/amanda/amandad', '-auth=bsdtcp', 'amdump', 'amindexd', 'amidxtaped'],
          argv0: 'amandad',
        },
        listen: [{ address: 'tcp://*:amanda' }],
        access: {},
      },
    ],
    [
      '3142 stream tcp nowait www-data /usr/sbin/apt-cacher apt-cacher -i',
      { name: 'apt-cacher', listen: [{ address: 'tcp://*:3142' }] },
    ],
    [
      '#bootps dgram udp wait root /usr/sbin/bootpd bootpd -i -t 120',
      { name: 'bootps', isEnabled: false, options: { wait: true }, listen: [{ address: 'udp://*:bootps' }] },
    ],
    [
      'finger stream tcp nowait root /usr/sbin/tcpd /usr/sbin/cfingerd',
      { options: { command: ['/usr/sbin/cfingerd'], argv0: 'cfingerd' }, access: { deny: all } },
    ],
    [
      'dict stream tcp nowait dictd.dictd /usr/sbin/tcpd /usr/sbin/dictd dictd --inetd',
      { user: 'dictd', group: 'dictd', options: { command: ['/usr/sbin/dictd', 'dictd', '--inetd'], argv0: 'dictd' } },
    ],
    [
      'dict stream tcp nowait dicod /usr/bin/dicod --inetd',
      { options: { command: ['/usr/bin/dicod'], argv0: '--inetd' } },
    ],
    [
      '#<off># ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/proftpd',
      { isEnabled: false, options: { argv0: 'proftpd' } },
    ],
    [
      '#<off># ntalk dgram udp4 wait root /usr/sbin/tcpd /usr/sbin/talkd',
      {
        options: { command: ['/usr/sbin/tcpd'], argv0: '/usr/sbin/talkd', wait: true },
        listen: [{ address: 'udp://0.0.0.0:ntalk' }],
        access: {},
        remarks: ['tcpd stays before it, for nobody else looks at who sends'],
      },
    ],
    ['talk dgram udp wait nobody.tty /usr/sbin/in.talkd in.talkd', { user: 'nobody', group: 'tty' }],
    [
      'micro stream tcp nowait nobody:www-data /usr/sbin/tcpd /usr/sbin/micro-httpd /var/www',
      { user: 'nobody', group: 'www-data', options: { command: ['/usr/sbin/micro-httpd', '/var/www'] } },
    ],
    [
      'nntp stream tcp nowait news.news /usr/sbin/tcpd /usr/sbin/snntpd logger -p news.info',
      { options: { command: ['/usr/sbin/snntpd', 'logger', '-p', 'news.info'], argv0: 'snntpd' } },
    ],
    [
      'https stream tcp nowait root /usr/sbin/tcpd /usr/sbin/sslh -i -u sslh -s localhost:22 -l localhost:444',
      {
        name: 'https',
        options: { command: ['/usr/sbin/sslh', '-i', '-u', 'sslh', '-s', 'localhost:22', '-l', 'localhost:444'] },
      },
    ],
    ['#<off>#uucp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.uucpd', { name: 'uucp', isEnabled: false }],
    [
      'discard dgram udp wait root internal',
      { type: 'discard', user: null, options: {}, listen: [{ address: 'udp://*:discard' }] },
    ],
    ['sink stream tcp nowait root internal', { name: 'sink', type: 'discard' }],
    ['/run/a.sock stream unix nowait root /bin/cat cat', { name: 'a.sock', listen: [{ address: 'unix:/run/a.sock' }] }],
    ['x stream tcp,sndbuf=64k nowait root /bin/x x', { remarks: ['left out: sndbuf=64k'] }],
    [
      'x dgram udp nowait root /bin/x x',
      { options: { wait: true }, remarks: ['"nowait" with datagrams: it runs one program at a time here'] },
    ],
    ['x stream tcp nowait root/staff /bin/x x', { user: 'root', remarks: ['left out: login class staff'] }],
  ] as const) {
    t.match(onlyDraft(convert(line)), expected, line);
  }
});

t.test('what the numbers after "nowait" mean', async (t) => {
  for (const [word, limits] of [
    ['nowait', {}],
    ['nowait.40', { rate: '40/1m', pause: '10m' }],
    ['nowait:40', { rate: '40/1m', pause: '10m' }],
    ['nowait/10', { connections: 10 }],
    ['nowait/10/20/3', { connections: 10, per_source: 3, rate_per_source: '20/1m' }],
  ] as const) {
    t.same(onlyDraft(convert(`x stream tcp ${word} root /bin/x x`)).limits, limits, word);
  }
  t.match(onlyDraft(convert('x dgram udp wait.40 root /bin/x x')), {
    limits: {},
    remarks: ['left out: its limits, because with "wait" the program takes what arrives by itself'],
  });
  t.match(onlyDraft(convert('echo dgram udp wait.40 root internal')), { limits: { rate: '40/1m' } });
});

t.test('what cannot be a service of ours', async (t) => {
  for (const [line, reason] of [
    [
      'rstatd/1-5 dgram rpc/udp wait nobody /usr/sbin/tcpd /usr/sbin/rpc.rstatd',
      'its port is found through rpcbind, which we do not serve',
    ],
    ['tcpmux/+date stream tcp nowait root /bin/date date', 'we have no tcpmux (RFC 1078): give it a port of its own'],
    ['tcpmux stream tcp nowait root internal', 'we have no service like inetd\'s own "tcpmux"'],
    ['auth stream tcp nowait root internal auth -r', 'we have no service like inetd\'s own "auth"'],
    ['x raw tcp wait root /bin/x x', 'we have no sockets of type "raw"'],
    ['/run/x dgram unix wait root /bin/x x', 'we have no datagrams on unix sockets'],
    ['x stream faith/tcp6 nowait root /bin/x x', 'we do not speak "faith/tcp6"'],
    ['x stream sctp nowait root /bin/x x', 'we do not speak "sctp"'],
    ['garbage', 'expected a socket type such as "stream", got ""'],
  ] as const) {
    const [entry] = convert(line);
    t.same(entry === undefined || isDraft(entry) ? entry : entry.reason, reason, line);
  }
});

t.test('a line of addresses is for those below it', async (t) => {
  const entries = convert(
    '127.0.0.1:\na stream tcp nowait root /bin/a a\n[::1]:b stream tcp nowait root /bin/b b\n*:\nc stream tcp nowait root /bin/c c\n',
  );
  t.same(
    entries.map((entry) => (isDraft(entry) ? entry.listen[0]?.address : null)),
    ['tcp://127.0.0.1:a', 'tcp://[::1]:b', 'tcp://*:c'],
  );
});

t.test("FreeBSD's and NetBSD's inetd look at hosts.allow themselves", async (t) => {
  const hosts = [...parseHosts('in.x: 10.\nx: 192.0.2.', 'hosts.allow', true).rules, ...denyAll];
  const line = 'x stream tcp nowait root /usr/libexec/in.x x';
  t.same(onlyDraft(convert(line, 'freebsd', hosts)).access, { allow: ['10.0.0.0/8'] });
  t.same(onlyDraft(convert(line, 'netbsd', hosts)).access, { allow: ['192.0.2.0/24'] });
  t.same(onlyDraft(convert(line, 'gnu', hosts)).access, {});
  t.same(onlyDraft(convert('echo stream tcp nowait root internal', 'freebsd', hosts)).access, { deny: all });
  t.match(onlyDraft(convert('x dgram udp wait root /usr/libexec/in.y y', 'freebsd', hosts)), {
    isEnabled: false,
    access: {},
    remarks: ['not enabled: with "wait" nobody looks at who sends, and access was limited'],
  });
});

t.test('what would be open to more than before is not enabled', async (t) => {
  const hosts = parseHosts('ALL: UNKNOWN', 'hosts.deny', false).rules;
  t.match(onlyDraft(convert('x stream tcp nowait root /usr/sbin/tcpd /bin/x', 'openbsd', hosts)), {
    isEnabled: false,
    remarks: ['hosts.deny:1: "UNKNOWN" cannot be refused by us', 'not enabled: it would be open to more than before'],
  });
});

for (const [text, user, group] of [
  ['nobody', 'nobody', null],
  ['nobody:tty', 'nobody', 'tty'],
  ['nobody.tty', 'nobody', 'tty'],
  ['nobody:', 'nobody', null],
  ['a.b:c', 'a.b', 'c'],
  ['.a', '.a', null],
] as const) {
  t.same(identityOf(text, machine, []), { user, group }, text);
}
t.same(identityOf('first.last', { ...machine, hasUser: () => true }, []), { user: 'first.last', group: null });
