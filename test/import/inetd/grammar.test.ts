import t from 'tap';

import { parseLine } from '../../../src/import/inetd/grammar.ts';

const plain = {
  hosts: [],
  service: 'ftp',
  owner: null,
  socketType: 'stream',
  protocol: 'tcp',
  tuning: [],
  wait: false,
  startsPerMinute: null,
  maxChildren: null,
  perSourcePerMinute: null,
  maxPerSource: null,
  user: 'root',
  program: '/usr/sbin/ftpd',
  argv: ['ftpd', '-l'],
  isOff: false,
};

for (const [text, more] of [
  ['ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', {}],
  ['ftp\t\tstream  tcp\tnowait\troot\t/usr/sbin/ftpd\tftpd -l  ', {}],
  ['ftp\\tstream\\ttcp\\tnowait\\troot\\t/usr/sbin/ftpd\\tftpd -l', {}],
  ['#<off># ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { isOff: true }],
  ['#<off>#ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { isOff: true }],
  ['# <off># ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { isOff: true }],
  ['#ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { isOff: true }],
  ['## ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { isOff: true }],
  ['ftp stream tcp wait root /usr/sbin/ftpd ftpd -l', { wait: true }],
  ['ftp stream tcp nowait.60 root /usr/sbin/ftpd ftpd -l', { startsPerMinute: 60 }],
  ['ftp stream tcp nowait:60 root /usr/sbin/ftpd ftpd -l', { startsPerMinute: 60 }],
  ['ftp stream tcp nowait/10 root /usr/sbin/ftpd ftpd -l', { maxChildren: 10 }],
  ['ftp stream tcp nowait/0/20 root /usr/sbin/ftpd ftpd -l', { perSourcePerMinute: 20 }],
  [
    'ftp stream tcp nowait/10/20/5 root /usr/sbin/ftpd ftpd -l',
    { maxChildren: 10, perSourcePerMinute: 20, maxPerSource: 5 },
  ],
  ['ftp stream tcp nowait.1000000 root /usr/sbin/ftpd ftpd -l', { startsPerMinute: 1_000_000 }],
  ['ftp stream tcp nowait.1000001 root /usr/sbin/ftpd ftpd -l', {}],
  ['192.0.2.1:ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { hosts: ['192.0.2.1'] }],
  [
    '192.0.2.1,[2001:db8::1]:ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l',
    { hosts: ['192.0.2.1', '2001:db8::1'] },
  ],
  ['*:ftp stream tcp nowait root /usr/sbin/ftpd ftpd -l', { hosts: ['*'] }],
  [
    'ftp stream,50:dataready tcp,sndbuf=64k,rcvbuf=1m nowait root /usr/sbin/ftpd ftpd -l',
    { tuning: ['50', 'dataready', 'sndbuf=64k', 'rcvbuf=1m'] },
  ],
  ['tcpmux/+date stream tcp nowait root /usr/sbin/ftpd ftpd -l', { service: 'tcpmux/+date' }],
  [
    'rstatd/1-5 dgram rpc/udp wait root /usr/sbin/ftpd ftpd -l',
    { service: 'rstatd/1-5', socketType: 'dgram', protocol: 'rpc/udp', wait: true },
  ],
  ['/run/ftp stream unix nowait root /usr/sbin/ftpd ftpd -l', { service: '/run/ftp', protocol: 'unix' }],
  [
    ':root:tty:660:/run/a:b stream unix nowait root /usr/sbin/ftpd ftpd -l',
    { service: '/run/a:b', protocol: 'unix', owner: { user: 'root', group: 'tty', mode: '660' } },
  ],
  ['ftp stream tcp nowait root internal', { program: 'internal', argv: [] }],
] as const) {
  t.strictSame(parseLine(text, 'openbsd'), { kind: 'entry', entry: { ...plain, ...more } }, text);
}

for (const [text, line] of [
  ['', { kind: 'nothing' }],
  ['   ', { kind: 'nothing' }],
  ['# this is a stream of words, tcp nowait or not', { kind: 'nothing' }],
  ['#:LABEL: of a group', { kind: 'nothing' }],
  ['127.0.0.1:', { kind: 'listen', hosts: ['127.0.0.1'] }],
  ['127.0.0.1,[::1]:', { kind: 'listen', hosts: ['127.0.0.1', '::1'] }],
  ['*:', { kind: 'listen', hosts: ['*'] }],
  ['.include "/etc/inetd.d/*"', { kind: 'include', pattern: '/etc/inetd.d/*' }],
  ['.include /etc/more', { kind: 'include', pattern: '/etc/more' }],
  ['nonsense', { kind: 'wrong', reason: 'expected a socket type such as "stream", got ""' }],
  ['a steam tcp nowait root /x', { kind: 'wrong', reason: 'expected a socket type such as "stream", got "steam"' }],
  ['a stream tcp nowait', { kind: 'wrong', reason: 'expected at least six fields' }],
  ['a stream tcp later root /x', { kind: 'wrong', reason: 'expected "wait" or "nowait", got "later"' }],
  ['a stream tcp nowait/ root /x', { kind: 'wrong', reason: 'expected "wait" or "nowait", got "nowait/"' }],
  [
    'a stream tcp nowait root x',
    { kind: 'wrong', reason: 'expected the absolute path of a program or "internal", got "x"' },
  ],
  ['#<off># a stream tcp later root /x', { kind: 'wrong', reason: 'expected "wait" or "nowait", got "later"' }],
] as const) {
  t.strictSame(parseLine(text, 'openbsd'), line, text || 'nothing');
}

t.test('only NetBSD knows quotes', async (t) => {
  const text = `ftp stream tcp nowait root /usr/sbin/ftpd ftpd 'a b' "c d"e`;
  t.match(parseLine(text, 'netbsd'), { entry: { argv: ['ftpd', 'a b', 'c de'] } });
  t.match(parseLine(text, 'openbsd'), { entry: { argv: ['ftpd', "'a", "b'", '"c', 'd"e'] } });
});
