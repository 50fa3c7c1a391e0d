import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { isForeignFile, listForeignFolder, readForeignFile, tryReadForeignFile } from '../../src/import/read-file.ts';
import { foreignFiles } from './stage.ts';

t.test('reads text, old letters too', async (t) => {
  const folder = foreignFiles(t, { utf8: 'grün' });
  writeFileSync(join(folder, 'latin1'), Buffer.from('gr\xfcn', 'latin1'));
  t.equal(readForeignFile(join(folder, 'utf8')), 'grün');
  t.equal(readForeignFile(join(folder, 'latin1')), 'grün');
});

t.test('says what is wrong with a file', async (t) => {
  const folder = foreignFiles(t, { binary: 'a\0b' });
  const refused = (path: string, message: string): void =>
    void t.throws(() => readForeignFile(path), { code: 78, message: `${path}: ${message}` });
  refused(join(folder, 'none'), 'there is no such file');
  refused(folder, 'it is not a file');
  refused('/dev/zero', 'it is not a file');
  refused(join(folder, 'binary'), 'expected a text file, got one with NUL bytes');
  t.equal(tryReadForeignFile(join(folder, 'none')), null);
});

t.test('a file has at most 1MB', async (t) => {
  const folder = foreignFiles(t, { fits: 'x'.repeat(1024 ** 2), over: 'x'.repeat(1024 ** 2 + 1) });
  t.equal(readForeignFile(join(folder, 'fits')).length, 1024 ** 2);
  t.throws(() => readForeignFile(join(folder, 'over')), { code: 78, message: /: expected a file of at most 1MB$/ });
});

t.test('lists folders, and nothing else', async (t) => {
  const folder = foreignFiles(t, { b: '', a: '' });
  t.same(listForeignFolder(folder), ['a', 'b']);
  t.equal(listForeignFolder(join(folder, 'a')), null);
  t.equal(listForeignFolder(join(folder, 'none')), null);
  t.same(
    [isForeignFile(join(folder, 'a')), isForeignFile(folder), isForeignFile(join(folder, 'none'))],
    [true, false, false],
  );
});
