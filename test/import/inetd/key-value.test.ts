import t from 'tap';

import { beginsKeyValue, endsKeyValue, parseKeyValue } from '../../../src/import/inetd/key-value.ts';

t.test('takes an entry apart', async (t) => {
  const text = `ftp on
    bind = 127.0.0.1 ::1, socktype = stream, # a remark
    # another, with one "
    protocol = tcp, wait = no, service_max = 60, ip_max = 5, sndbuf = 8k,
    user = ftp, group = "tty", exec = /usr/libexec/ftpd,
    args = ftpd '-a b' "c\\t\\"d\\"" \\x41\\;e;`;
  t.strictSame(parseKeyValue(text), {
    kind: 'entry',
    entry: {
      hosts: ['127.0.0.1', '::1'],
      service: 'ftp',
      owner: null,
      socketType: 'stream',
      protocol: 'tcp',
      tuning: ['sndbuf'],
      wait: false,
      startsPerMinute: 60,
      maxChildren: null,
      perSourcePerMinute: 5,
      maxPerSource: null,
      user: 'ftp:tty',
      program: '/usr/libexec/ftpd',
      argv: ['ftpd', '-a b', 'c\t"d"', 'A;e'],
      isOff: false,
    },
  });
});

for (const [text, entry] of [
  [
    'time off socktype = dgram, wait = yes;',
    { service: 'time', isOff: true, program: 'internal', protocol: 'udp', wait: true },
  ],
  ['127.0.0.1:echo on socktype = stream, bind = ;', { service: 'echo', hosts: [], protocol: 'tcp' }],
  ['[::1]:echo on socktype = stream;', { service: 'echo', hosts: ['::1'] }],
] as const) {
  t.match(parseKeyValue(text), { kind: 'entry', entry }, text);
}

for (const [text, reason] of [
  ['ftp on socktype = stream, color = red;', 'expected a key such as "exec =", got "color"'],
  ['ftp on socktype stream;', 'expected a key such as "exec =", got "socktype"'],
  ['ftp on user = root;', 'expected "socktype = stream" or another one'],
  ['ftp on socktype = "stream;', 'expected the end of a quoted text'],
] as const) {
  t.same(parseKeyValue(text), { kind: 'wrong', reason }, text);
}

t.test('knows where an entry begins and ends', async (t) => {
  t.same(['ftp on', 'ftp off socktype = stream;', 'ftp stream tcp', '#ftp on', 'ftp only'].map(beginsKeyValue), [
    true,
    true,
    false,
    false,
    false,
  ]);
  t.same(['ftp on a = b;', 'ftp on a = b,', 'ftp on a = ";"', 'ftp on a = ";'].map(endsKeyValue), [
    true,
    false,
    false,
    false,
  ]);
});
