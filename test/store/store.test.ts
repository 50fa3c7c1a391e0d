import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import t, { type Test } from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { JournalBlock } from '../../src/contract/journal.ts';
import type { Store } from '../../src/contract/store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createJournalTable } from '../../src/store/journal.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/store.ts';
import { scratchFile } from './scratch.ts';

const ban = (source: string): Ban => ({ source, until: 9e12, reason: 'sensor', service: 'echo', since: 1_000 });

const block = (id: number): JournalBlock => ({
  from: id,
  to: id,
  count: 1,
  text: `${id}|echo|192.0.2.1:1|127.0.0.1:7|||${id}|0|0|0|end${';'.padEnd(2_000, 'x')}`,
});

const idsOf = async (store: Store): Promise<number[]> =>
  (await Array.fromAsync(store.journal.entries({ since: 0, limit: 1e6, order: 'oldest' }))).map(({ id }) => Number(id));

const openFor = (t: Test, file: string): Store => {
  const store = openStore(file);
  t.teardown(store.close);
  return store;
};

/** Another process that does this to a store, as a user without rights if it has to be. */
const storeUrl = new URL('../../src/store/store.ts', import.meta.url).href;
const script = (code: string): string[] => [
  '--input-type=module',
  '-e',
  `import { openStore } from ${JSON.stringify(storeUrl)}; import { writeSync } from 'node:fs'; const file = process.argv[1]; ${code}`,
];
const blockText = (id: string): string =>
  `{ from: ${id}, to: ${id}, count: 1, text: ${id} + ${JSON.stringify(block(0).text.slice(1, -2_000).replace('|0|0|0|0|', '|1|0|0|0|'))} }`;

function openAsOther(file: string): string {
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const code = `try { openStore(file).close(); console.log('fine'); } catch (error) { console.log(error.trouble + ': ' + error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, [...script(code), file], {
    ...identity,
    encoding: 'utf8',
    cwd: '/',
  });
  return stdout.trim() || stderr;
}

t.test('is there again after it was closed, and leaves no log behind', async (t) => {
  const file = scratchFile(t);
  const first = openStore(file);
  await first.bans.put(ban('192.0.2.1'));
  await first.journal.append([block(1), block(2)]);
  t.equal(statSync(file).mode & 0o777, 0o600);
  first.close();
  t.equal(statSync(`${file}-wal`, { throwIfNoEntry: false }), undefined);
  const second = openFor(t, file);
  t.same(await second.bans.list(2_000), [ban('192.0.2.1')]);
  t.same(await idsOf(second), [1, 2]);
});

t.test('what was written is there after a kill in the middle of writing', async (t) => {
  const file = scratchFile(t);
  const code = `const store = openStore(file);
    for (let id = 1; ; id += 1) { await store.journal.append([${blockText('id')}]); writeSync(1, id + '\\n'); }`;
  const child = spawn(process.execPath, [...script(code), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line);
    if (told === 500) child.kill('SIGKILL');
  }
  t.ok(told >= 500, `${told} rows told`);
  const ids = await idsOf(openFor(t, file));
  t.ok(ids.length >= told && ids.length <= told + 1, `${ids.length} rows found`);
  t.same(
    ids,
    Array.from(ids, (_, i) => i + 1),
  );
});

t.test('two processes may write at once, and make the file at once', async (t) => {
  const file = scratchFile(t);
  const code = `const store = openStore(file);
    for (let id = 1; id <= 200; id += 1) await store.journal.append([${blockText('id')}]);
    store.close();`;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, [...script(code), file], { stdio: ['ignore', 'inherit', 'inherit'] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
  t.same(codes, [0, 0, 0]);
  t.equal((await idsOf(openFor(t, file))).length, 600);
});

t.test('one that waits too long for another says so', async (t) => {
  const file = scratchFile(t);
  const store = openStore(file, { busyMs: 1 });
  t.teardown(store.close);
  const other = openDatabase(file);
  t.teardown(other.close);
  other.exec('BEGIN IMMEDIATE');
  await t.rejects(store.bans.put(ban('192.0.2.1')), {
    trouble: 'busy',
    message: /: another process holds the database /,
  });
  t.same(await store.bans.list(2_000), [], 'reading goes on');
  other.exec('ROLLBACK');
  await store.bans.put(ban('192.0.2.1'));
  t.same(await store.bans.list(2_000), [ban('192.0.2.1')]);
});

t.test('a file that is no database is left alone', async (t) => {
  const file = scratchFile(t);
  for (const bytes of [
    Buffer.alloc(8_192, 'no database'),
    Buffer.from('x'),
    readFileSync(process.execPath).subarray(0, 8_192),
  ]) {
    writeFileSync(file, bytes);
    t.throws(() => openStore(file), {
      name: 'StoreError',
      trouble: 'corrupt',
      message: `${file}: the database is damaged (file is not a database): move ${file}, ${file}-wal and ${file}-shm away to begin with an empty one, or put a backup in their place`,
    });
    t.same(readFileSync(file), bytes);
  }
});

t.test('an empty file becomes a database', async (t) => {
  const file = scratchFile(t);
  writeFileSync(file, '');
  t.same(await openFor(t, file).bans.list(2_000), []);
});

t.test('a damaged page is found when the last end was none, or when it is used', async (t) => {
  const file = scratchFile(t);
  const store = openStore(file);
  await store.journal.append(Array.from({ length: 100 }, (_, id) => block(id)));
  await store.bans.put(ban('192.0.2.1'));
  store.close();
  // Every page but the first.
  const damaged = openSync(file, 'r+');
  for (let at = 4_096; at < statSync(file).size; at += 4_096) writeSync(damaged, Buffer.alloc(512, 0xa5), 0, 512, at);
  closeSync(damaged);

  const unclean = join(dirname(file), 'unclean.db');
  copyFileSync(file, unclean);
  writeFileSync(`${unclean}-wal`, 'left behind');
  t.throws(() => openStore(unclean), {
    name: 'StoreError',
    trouble: 'corrupt',
    message: /: the database is damaged \(/,
  });

  // Opening counts the bans.
  t.throws(() => openStore(file), {
    trouble: 'corrupt',
    message: /: the database is damaged \(database disk image is malformed\): /,
  });
});

t.test('a damaged journal costs nothing but the journal', async (t) => {
  const file = scratchFile(t);
  const store = openStore(file);
  await store.journal.append(Array.from({ length: 1_000 }, (_, id) => block(id)));
  await store.bans.put(ban('192.0.2.1'));
  store.close();
  const database = openDatabase(file);
  const { page } = database.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'journal'").get() as {
    page: number;
  };
  database.close();
  const damaged = openSync(file, 'r+');
  writeSync(damaged, Buffer.alloc(4_096, 0xa5), 0, 4_096, (page - 1) * 4_096);
  closeSync(damaged);

  const again = openFor(t, file);
  await t.rejects(again.journal.append([block(1)]), { name: 'StoreError', trouble: 'corrupt' });
  await t.rejects(idsOf(again), { name: 'StoreError', trouble: 'corrupt' });
  await t.rejects(again.journal.prune({ before: 1e12, maxBytes: 0 }), { name: 'StoreError', trouble: 'corrupt' });
  await again.bans.put(ban('192.0.2.2'));
  t.same(await again.bans.list(2_000), [ban('192.0.2.1'), ban('192.0.2.2')]);
});

t.test('a log that belongs to nothing is no trouble', async (t) => {
  const file = scratchFile(t);
  openStore(file).close();
  writeFileSync(`${file}-wal`, 'left behind');
  t.same(await openFor(t, file).bans.list(2_000), []);
});

t.test('a database of a newer release, or of another program, is left as it is', async (t) => {
  const file = scratchFile(t);
  openStore(file).close();
  const database = openDatabase(file);
  database.exec('PRAGMA user_version = 1000');
  database.close();
  const bytes = readFileSync(file);
  t.throws(() => openStore(file), { name: 'StoreError', trouble: 'newer' });
  t.same(readFileSync(file), bytes);

  const theirs = join(dirname(file), 'theirs.db');
  const other = openDatabase(theirs);
  other.exec('CREATE TABLE theirs (a)');
  other.close();
  t.throws(() => openStore(theirs), { name: 'StoreError', trouble: 'foreign' });
});

t.test('files and folders that may not be written', async (t) => {
  const file = scratchFile(t);
  const folder = dirname(file);
  const place = `let ${folder} and the files in it belong to the user that runs the daemon`;

  chmodSync(folder, 0o555);
  t.equal(
    openAsOther(file),
    `permission: ${file}: no permission to use the database (EACCES: permission denied, open '${file}'): ${place}`,
    'a folder, and no file in it',
  );

  chmodSync(folder, 0o755);
  openStore(file).close();
  chmodSync(file, 0o666);
  chmodSync(folder, 0o555);
  const readOnly = `read-only: ${file}: the database cannot be written (attempt to write a readonly database): make ${folder} and the files in it writable`;
  t.match(openAsOther(file), readOnly, 'a folder, and a file in it');

  chmodSync(folder, 0o777);
  chmodSync(file, 0o444);
  t.match(openAsOther(file), readOnly, 'a file');
  if (process.getuid?.() !== 0) return;
  chmodSync(file, 0o600);
  t.match(openAsOther(file), `permission: ${file}: no permission to use the database (EACCES`, "root's own");
});

t.test('a full database fails whole writes, keeps what it has, and goes on when there is room', async (t) => {
  const file = scratchFile(t);
  const database = openDatabase(file);
  t.teardown(database.close);
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  migrate(database);
  const journal = createJournalTable(database);
  await journal.append([block(1)]);
  database.exec('PRAGMA max_page_count = 40');
  const many = Array.from({ length: 100 }, (_, id) => block(id + 2));
  await t.rejects(journal.append(many), {
    name: 'StoreError',
    trouble: 'full',
    message: `${file}: no space left for the database (database or disk is full): make room on the disk of ${dirname(file)}`,
  });
  await t.rejects(journal.append(many), { name: 'StoreError', trouble: 'full' });
  t.equal((await Array.fromAsync(journal.entries({ since: 0, limit: 1_000 }))).length, 1);
  database.exec('PRAGMA max_page_count = 1000000');
  t.equal(await journal.append(many), 0);
  t.equal((await Array.fromAsync(journal.entries({ since: 0, limit: 1_000 }))).length, 101);
});

t.test('a full disk', async (t) => {
  const folder = join(dirname(scratchFile(t)), 'small');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder]);
  if (status !== 0) return t.plan(0, 'needs the right to mount a small disk');
  t.teardown(() => void spawnSync('umount', ['-l', folder]));
  const file = join(folder, 'portico.db');
  const store = openStore(file);
  await store.bans.put(ban('192.0.2.1'));
  let error: unknown;
  for (let id = 0; error === undefined && id < 1_000; id += 1) {
    await store.journal.append([block(id)]).catch((reason: unknown) => (error = reason));
  }
  t.match(error, { name: 'StoreError', trouble: 'full' });
  t.same(await store.bans.list(2_000), [ban('192.0.2.1')]);
  store.close();

  writeFileSync(join(folder, 'ballast'), '');
  const ballast = openSync(join(folder, 'ballast'), 'a');
  t.throws(() => {
    for (;;) writeSync(ballast, Buffer.alloc(4_096));
  });
  closeSync(ballast);
  t.throws(() => openStore(join(folder, 'other.db')), { name: 'StoreError', trouble: 'full' });
});

t.test('after its end it only says so', async (t) => {
  const store = openStore(scratchFile(t));
  store.close();
  store.close();
  await t.rejects(store.bans.put(ban('192.0.2.1')), { name: 'StoreError', trouble: 'closed' });
  await t.rejects(store.bans.list(1), { name: 'StoreError', trouble: 'closed' });
  await t.rejects(store.failures.list(), { name: 'StoreError', trouble: 'closed' });
  await t.rejects(store.journal.append([block(1)]), { name: 'StoreError', trouble: 'closed' });
  await t.rejects(idsOf(store), { name: 'StoreError', trouble: 'closed' });
});
