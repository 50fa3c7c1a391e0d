import { join } from 'node:path';

import t from 'tap';

import { readInetdFiles, readInetdLines, type ReadLine } from '../../../src/import/inetd/reader.ts';
import type { Dialect } from '../../../src/import/inetd/dialect.ts';
import { foreignFiles } from '../stage.ts';

function told(lines: readonly ReadLine[]): unknown[] {
  return lines.map(({ source, line }) => [
    source.line,
    line.kind === 'entry' ? line.entry.argv.join(' ') : line.kind === 'wrong' ? line.reason : line.kind,
  ]);
}

function read(text: string, dialect: Dialect = 'openbsd'): unknown[] {
  return told(readInetdLines({ file: 'inetd.conf', text }, dialect));
}

t.test('a line that begins with a blank goes on with the one before', async (t) => {
  const text = 'a stream tcp nowait root /bin/a a\n  b c\n\n# remark\n\tb stream tcp nowait root /bin/b b\n';
  t.same(read(text), [
    [1, 'a b c'],
    [5, 'b'],
  ]);
});

t.test('but not with GNU, where it is a line of its own', async (t) => {
  t.same(read('a stream tcp nowait root /bin/a a\n b stream tcp nowait root /bin/b b\n', 'gnu'), [
    [1, 'a'],
    [2, 'b'],
  ]);
});

t.test('an entry with keys goes on to its semicolon', async (t) => {
  const text =
    'a on\nsocktype = stream,\n# remark\nuser = root, exec = /bin/a, args = a b;\nc stream tcp nowait root /bin/c c\r\n';
  t.same(read(text, 'netbsd'), [
    [1, 'a b'],
    [5, 'c'],
  ]);
});

t.test('files are included in their place, and never in a circle', async (t) => {
  const folder = foreignFiles(t, {
    'inetd.conf':
      'a stream tcp nowait root /bin/a a\n.include "d/*"\n.include inetd.conf\nz stream tcp nowait root /bin/z z\n',
    'd/2': 'c stream tcp nowait root /bin/c c\n',
    'd/1': 'b stream tcp nowait root /bin/b b\n.include ../inetd.conf\n',
  });
  const [file] = readInetdFiles(join(folder, 'inetd.conf'));
  t.same(told(readInetdLines(file!, 'netbsd')), [
    [1, 'a'],
    [1, 'b'],
    [2, `${join(folder, 'inetd.conf')} includes this file in turn`],
    [1, 'c'],
    [3, `${join(folder, 'inetd.conf')} includes this file in turn`],
    [4, 'z'],
  ]);
});

t.test('eight files may stand one below the other', async (t) => {
  const chain = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, `.include f${index + 1}\n`]));
  const folder = foreignFiles(t, { ...chain, f9: 'x' });
  const [from1, from0] = ['f2', 'f1'].map((name) => readInetdFiles(join(folder, name))[0]!);
  t.same(told(readInetdLines(from1!, 'netbsd')), [[1, 'expected a socket type such as "stream", got ""']]);
  t.same(told(readInetdLines(from0!, 'netbsd')), [[1, 'expected at most 8 files one below the other']]);
});

t.test('a folder is all its files', async (t) => {
  const folder = foreignFiles(t, { b: '2', a: '1', '.hidden': '', 'a~': '' });
  t.same(
    readInetdFiles(folder).map(({ text }) => text),
    ['1', '2'],
  );
});
