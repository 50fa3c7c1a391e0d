import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import t from 'tap';

import { openDatabase, type Database } from '../../src/store/database.ts';
import { scratchFile } from './scratch.ts';

const rowsOf = (database: Database): number => Number(database.prepare('SELECT count(*) AS n FROM t').get()?.['n']);

t.test('a file is made for its owner alone, and one that others can read is closed to them', async (t) => {
  const file = scratchFile(t);
  openDatabase(file).close();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const other = join(dirname(file), 'other.db');
  writeFileSync(other, '', { mode: 0o644 });
  const database = openDatabase(other);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
  for (const path of [other, `${other}-wal`, `${other}-shm`]) t.equal(statSync(path).mode & 0o777, 0o600, path);
  database.close();
});

t.test('a link to a file is followed', async (t) => {
  const file = scratchFile(t);
  const target = join(dirname(file), 'target.db');
  writeFileSync(target, '');
  symlinkSync(target, file);
  const database = openDatabase(file);
  database.exec('CREATE TABLE t (a)');
  database.close();
  t.ok(statSync(target).size > 0);
});

t.test('a transaction is done whole or not at all', async (t) => {
  const database = openDatabase(scratchFile(t));
  t.teardown(database.close);
  database.exec('CREATE TABLE t (a INTEGER) STRICT');
  for (const survives of ['process', 'power', 'power', 'process'] as const) {
    t.equal(
      database.write(survives, () => {
        database.exec('INSERT INTO t VALUES (1)');
        return database.pragma('synchronous');
      }),
      survives === 'power' ? 2 : 1,
    );
    t.throws(() =>
      database.write(survives, () => {
        database.exec('INSERT INTO t VALUES (2)');
        database.exec("INSERT INTO t VALUES ('x')");
      }),
    );
  }
  t.equal(rowsOf(database), 4);
});

t.test('a closed one says so, and can be closed again', async (t) => {
  const file = scratchFile(t);
  const database = openDatabase(file);
  database.close();
  database.close();
  t.throws(() => database.exec('SELECT 1'), { name: 'StoreError', trouble: 'closed' });
  t.throws(() => database.write('process', () => 1), { name: 'StoreError', trouble: 'closed' });
});

t.test('where no file can be made, it is told why', async (t) => {
  const folder = dirname(scratchFile(t));
  writeFileSync(join(folder, 'file'), '');
  t.throws(() => openDatabase(join(folder, 'none', 'portico.db')), {
    trouble: 'missing',
    message: `${folder}/none/portico.db: the database cannot be opened (ENOENT: no such file or directory, open '${folder}/none/portico.db'): ${folder}/none must be a folder, and the database a file`,
  });
  t.throws(() => openDatabase(join(folder, 'file', 'portico.db')), { name: 'StoreError', trouble: 'missing' });
  t.throws(() => openDatabase(folder), { name: 'StoreError', trouble: 'missing' });
  t.notOk(existsSync(join(folder, 'none')));
});
