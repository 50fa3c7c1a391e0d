import t from 'tap';

import { addressesOf } from '../../../src/import/inetd/addresses.ts';
import type { Dialect } from '../../../src/import/inetd/dialect.ts';
import { parseLine, type Entry } from '../../../src/import/inetd/grammar.ts';

function entryOf(text: string): Entry {
  const line = parseLine(`${text} nowait root /bin/x x`, 'openbsd');
  if (line.kind !== 'entry') throw new Error(text);
  return line.entry;
}

for (const [text, openbsd, gnu, freebsd, netbsd] of [
  ['ftp stream tcp', 'tcp://*:ftp', 'tcp://0.0.0.0:ftp', 'tcp://0.0.0.0:ftp', 'tcp://0.0.0.0:ftp'],
  ['ftp stream tcp4', 'tcp://0.0.0.0:ftp', 'tcp://0.0.0.0:ftp', 'tcp://0.0.0.0:ftp', 'tcp://0.0.0.0:ftp'],
  ['ftp stream tcp6', 'tcp://[::]:ftp', 'tcp://*:ftp', 'tcp://[::]:ftp', 'tcp://[::]:ftp'],
  ['ftp stream tcp46', 'tcp://*:ftp', 'tcp://*:ftp', 'tcp://*:ftp', 'tcp://*:ftp'],
  ['ftp stream tcp6only', 'tcp://[::]:ftp', 'tcp://[::]:ftp', 'tcp://[::]:ftp', 'tcp://[::]:ftp'],
  ['69 dgram udp', 'udp://*:69', 'udp://0.0.0.0:69', 'udp://0.0.0.0:69', 'udp://0.0.0.0:69'],
] as const) {
  const dialects: readonly Dialect[] = ['openbsd', 'gnu', 'freebsd', 'netbsd'];
  const got = dialects.map((dialect) => addressesOf(entryOf(text), dialect, [])[0]?.address);
  t.same(got, [openbsd, gnu, freebsd, netbsd], text);
}

for (const [text, expected] of [
  ['192.0.2.1,[::1]:ftp stream tcp', [{ address: 'tcp://192.0.2.1:ftp' }, { address: 'tcp://[::1]:ftp' }]],
  ['*:ftp stream tcp', [{ address: 'tcp://*:ftp' }]],
  ['/run/x stream unix', [{ address: 'unix:/run/x' }]],
  [':root:tty:660:/run/x stream unix', [{ address: 'unix:/run/x', mode: '0660' }]],
  [':::/run/x stream unix', [{ address: 'unix:/run/x' }]],
] as const) {
  t.same(addressesOf(entryOf(text), 'openbsd', []), expected, text);
}
