import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { readPemFile, writePemFile } from '../../src/certificates/pem-file.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

t.test('writes a file that is read again', async (t) => {
  const path = join(t.testdir(), 'a.pem');
  t.equal(readPemFile(path), null);
  writePemFile(path, 'one', 0o600);
  t.equal(readPemFile(path), 'one');
  t.equal(modeOf(path), 0o600);
});

t.test('the umask changes nothing about the mode', async (t) => {
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  const path = join(t.testdir(), 'a.pem');
  writePemFile(path, 'one', 0o644);
  t.equal(modeOf(path), 0o644);
});

t.test('replaces a file, and leaves nothing beside it', async (t) => {
  const folder = t.testdir({ 'a.pem': 'old' });
  chmodSync(join(folder, 'a.pem'), 0o666);
  writePemFile(join(folder, 'a.pem'), 'new', 0o600);
  t.equal(readFileSync(join(folder, 'a.pem'), 'utf8'), 'new');
  t.equal(modeOf(join(folder, 'a.pem')), 0o600);
  t.same(readdirSync(folder), ['a.pem']);
});

t.test('what a crash left under the temporary name is in nobody’s way', async (t) => {
  const folder = t.testdir({ elsewhere: 'mine' });
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'a.pem.new'));
  writePemFile(join(folder, 'a.pem'), 'new', 0o600);
  t.equal(readFileSync(join(folder, 'elsewhere'), 'utf8'), 'mine', 'a link is not followed');
  t.same(readdirSync(folder), ['a.pem', 'elsewhere']);
});

t.test('a file may have 1MB', async (t) => {
  const path = join(t.testdir(), 'a.pem');
  writeFileSync(path, 'x'.repeat(1_048_576));
  t.equal(readPemFile(path)?.length, 1_048_576);
  writeFileSync(path, 'x'.repeat(1_048_577));
  t.throws(() => readPemFile(path), { message: `${path} is larger than 1MB` });
});

t.test('what cannot be read is not taken for missing', async (t) => {
  const path = t.testdir();
  t.throws(() => readPemFile(path), { code: 'EISDIR' });
});
