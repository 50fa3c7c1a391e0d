import { DatabaseSync } from 'node:sqlite';

import t from 'tap';

import { openDatabase } from '../../src/store/database.ts';
import { migrate, versionOf } from '../../src/store/migrate.ts';
import { scratchFile } from './scratch.ts';

const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a)', 'CREATE TABLE three (a)'];

const tablesOf = (file: string): string => {
  const database = new DatabaseSync(file);
  const rows = database.prepare('SELECT name FROM sqlite_schema ORDER BY name').all();
  database.close();
  return rows.map(({ name }) => name).join(' ');
};

t.test('does the steps that are missing', async (t) => {
  const file = scratchFile(t);
  const database = openDatabase(file);
  t.teardown(database.close);
  migrate(database, steps.slice(0, 1));
  t.equal(versionOf(database), 1);
  migrate(database, steps);
  t.equal(versionOf(database, 3), 3);
  migrate(database, steps);
  t.equal(tablesOf(file), 'one three two');
});

t.test('a step that fails leaves nothing of it behind', async (t) => {
  const file = scratchFile(t);
  const database = openDatabase(file);
  t.teardown(database.close);
  t.throws(() => migrate(database, ['CREATE TABLE one (a)', 'CREATE TABLE two (a); CREATE TABLE one (a)']), {
    name: 'StoreError',
    trouble: 'other',
    message: /table one already exists/,
  });
  t.equal(tablesOf(file), 'one');
  t.equal(versionOf(database), 1);
});

t.test('a database of a newer release is left alone', async (t) => {
  const file = scratchFile(t);
  const database = openDatabase(file);
  t.teardown(database.close);
  migrate(database, steps);
  t.throws(() => migrate(database, steps.slice(0, 2)), {
    name: 'StoreError',
    trouble: 'newer',
    message: `${file}: the database was made by a newer release of Portico: install that release again, or move ${file}, ${file}-wal and ${file}-shm away to begin with an empty one, or put a backup in their place`,
  });
});

t.test('a database of another program is left alone', async (t) => {
  for (const sql of ['CREATE TABLE theirs (a)', 'PRAGMA user_version = -1']) {
    const file = scratchFile(t);
    const database = openDatabase(file);
    t.teardown(database.close);
    database.exec(sql);
    t.throws(() => migrate(database, steps), { name: 'StoreError', trouble: 'foreign' }, sql);
  }
});
