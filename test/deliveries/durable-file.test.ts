import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import t from 'tap';

import { TemporaryError } from '../../src/contract/errors.ts';
import { asTemporary, writeDurably } from '../../src/deliveries/durable-file.ts';
import { syncFolder } from '../../src/system/sync-folder.ts';

const never = new AbortController().signal;
const words = (): Readable => Readable.from([Buffer.from('one '), Buffer.from('two')]);

t.test('writes what comes, shows it, and gives the file its time', async (t) => {
  const path = join(t.testdir({}), 'file');
  const seen: string[] = [];
  const size = await writeDurably(words(), {
    path,
    mode: 0o600,
    signal: never,
    changed: 86_400_000,
    look: (chunk) => seen.push(String(chunk)),
  });
  t.equal(size, 7);
  t.equal(readFileSync(path, 'utf8'), 'one two');
  t.same(seen, ['one ', 'two']);
  t.match(statSync(path), { mtimeMs: 86_400_000 });
  t.equal(statSync(path).mode & 0o777, 0o600);
});

t.test('nothing is written over, and no link is followed', async (t) => {
  const folder = t.testdir({ there: 'before', target: 'before' });
  symlinkSync('target', join(folder, 'link'));
  for (const name of ['there', 'link']) {
    const from = words();
    await t.rejects(writeDurably(from, { path: join(folder, name), mode: 0o600, signal: never }), { code: 'EEXIST' });
    t.equal(from.destroyed, true);
  }
  t.equal(readFileSync(join(folder, 'target'), 'utf8'), 'before');
});

t.test('when anything goes wrong there is no file', async (t) => {
  const path = join(t.testdir({}), 'file');
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('one');
      throw new Error('it broke');
    })(),
  );
  await t.rejects(writeDurably(broken, { path, mode: 0o600, signal: never }), { message: 'it broke' });
  t.equal(existsSync(path), false);
  await t.rejects(writeDurably(words(), { path, mode: 0o600, signal: AbortSignal.abort() }), { name: 'AbortError' });
  t.equal(existsSync(path), false);
});

t.test('what the system refuses is for now, but for names that are too long', async (t) => {
  const failure = (path: string) => syncFolder(path).catch((error: unknown) => asTemporary(error));
  t.ok((await failure('/nonexistent')) instanceof TemporaryError);
  t.match(await failure(`/${'x'.repeat(300)}`), { code: 'ENAMETOOLONG' });
  const bug = new TypeError('a bug');
  t.equal(asTemporary(bug), bug);
});
