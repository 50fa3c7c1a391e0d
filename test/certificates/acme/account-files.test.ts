import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { openAccountFiles } from '../../../src/certificates/acme/account-files.ts';
import { thumbprintOf } from '../../../src/certificates/acme/jose.ts';

const directory = 'https://acme.example:14000/directory';
const name = 'account-acme.example_14000-cfd0f6d9';
const known = { kid: 'https://acme.example/account/1', email: 'admin@a.example' };

/** A folder with an account of which everything is kept. */
const keptIn = async (t: Test): Promise<string> => {
  const folder = t.testdir();
  await (await openAccountFiles(folder, directory)).keep(known);
  return folder;
};

t.test('a key is made, and found again', async (t) => {
  const folder = join(t.testdir(), 'a', 'b');
  const first = await openAccountFiles(folder, directory);
  t.match(first, { isNew: true, known: null, keyFile: join(folder, `${name}.key`) });
  t.equal(statSync(folder).mode & 0o777, 0o700);
  t.equal(statSync(first.keyFile).mode & 0o777, 0o600);
  const second = await openAccountFiles(folder, directory);
  t.equal(second.isNew, false);
  t.equal(thumbprintOf(second.key), thumbprintOf(first.key));
  t.same(readdirSync(folder), [`${name}.key`], 'no drafts stay');
});

t.test('what is known of the account is found again', async (t) => {
  const folder = await keptIn(t);
  t.same((await openAccountFiles(folder, directory)).known, known);
  t.equal(statSync(join(folder, `${name}.json`)).mode & 0o777, 0o600);
});

t.test('another authority is another account', async (t) => {
  const folder = await keptIn(t);
  t.match(await openAccountFiles(folder, 'https://acme.example:14000/other'), { isNew: true, known: null });
});

t.test('what is known does not outlive its key', async (t) => {
  const folder = await keptIn(t);
  const other = await openAccountFiles(join(folder, 'other'), directory);
  writeFileSync(join(folder, `${name}.key`), readFileSync(other.keyFile));
  t.match(await openAccountFiles(folder, directory), { isNew: false, known: null });
});

t.test('what is known and makes no sense is forgotten', async (t) => {
  const folder = await keptIn(t);
  for (const text of ['', '{', 'null', '[]', '{"kid": 7}', '{"kid": "https://acme.example/account/1"}']) {
    writeFileSync(join(folder, `${name}.json`), text);
    t.equal((await openAccountFiles(folder, directory)).known, null, text);
  }
});

t.test('a key that cannot be read is not replaced', async (t) => {
  const folder = await keptIn(t);
  const file = join(folder, `${name}.key`);
  for (const text of ['', 'no key', readFileSync(file, 'utf8').slice(0, 60)]) {
    writeFileSync(file, text);
    await t.rejects(openAccountFiles(folder, directory), {
      name: 'AcmeError',
      message: new RegExp(`^${file} is not the key of an account \\(.+\\): restore it, or move it away to have a new`),
    });
    t.equal(readFileSync(file, 'utf8'), text);
  }
});

t.test('a folder in the way', async (t) => {
  const folder = t.testdir({ file: '', [`${name}.key`]: {} });
  await t.rejects(openAccountFiles(join(folder, 'file', 'acme'), directory), {
    name: 'AcmeError',
    message: /^cannot make .*\/file\/acme: ENOTDIR/,
  });
  await t.rejects(openAccountFiles(folder, directory), {
    message: new RegExp(`^cannot read .*/${name}\\.key: EISDIR`),
  });
});

t.test(
  'a folder that cannot be written to',
  { skip: process.getuid?.() === 0 && 'root can write everywhere' },
  async (t) => {
    const folder = t.testdir();
    chmodSync(folder, 0o500);
    await t.rejects(openAccountFiles(folder, directory), { message: /^cannot write .*: EACCES/ });
    chmodSync(folder, 0o700);
  },
);
