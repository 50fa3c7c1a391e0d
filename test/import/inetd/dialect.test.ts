import t from 'tap';

import { guessDialect } from '../../../src/import/inetd/dialect.ts';

for (const [text, dialect] of [
  ['ftp stream tcp nowait root /usr/libexec/ftpd ftpd -l', 'openbsd'],
  ['ftp stream tcp nowait.60 root /usr/sbin/ftpd ftpd', 'openbsd'],
  ['ftp stream tcp nowait/10/20/5 root /usr/libexec/ftpd ftpd', 'freebsd'],
  ['#ftp stream tcp46 nowait root /usr/libexec/ftpd ftpd', 'freebsd'],
  ['ftp stream tcp nowait:60 root /usr/libexec/ftpd ftpd', 'netbsd'],
  ['.include "/etc/inetd.d/*"', 'netbsd'],
  ['ftp on\n  socktype = stream;', 'netbsd'],
  ['ftp stream tcp6only nowait root /usr/sbin/ftpd ftpd', 'gnu'],
  ['# turned on = later', 'openbsd'],
] as const) {
  t.equal(guessDialect(text), dialect, text);
}
