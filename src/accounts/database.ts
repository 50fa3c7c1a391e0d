/** The SQLite file of accounts: its layout, which docs/accounts.md promises, and how it is opened. */
import { accessSync, constants, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { reasonOf } from '../contract/errors.ts';
import { makeFile } from '../system/replace-file.ts';

/** The file is there and cannot be used. The message names it. */
export class AccountsDatabaseError extends Error {
  override readonly name = 'AccountsDatabaseError';
}

/** Each brings the layout one version further; `PRAGMA user_version` tells how far it is. */
const migrations: readonly string[] = [
  `CREATE TABLE accounts (
     name        TEXT PRIMARY KEY,
     password    TEXT,
     home        TEXT,
     services    TEXT,
     permissions TEXT,
     quota       INTEGER
   ) STRICT;
   CREATE TABLE account_keys (
     account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE ON UPDATE CASCADE,
     key     TEXT NOT NULL,
     PRIMARY KEY (account, key)
   ) STRICT;
   CREATE TABLE account_mail (
     address TEXT PRIMARY KEY COLLATE NOCASE,
     account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE ON UPDATE CASCADE
   ) STRICT;
   CREATE INDEX account_mail_account ON account_mail (account);`,
];

// A writer is done in milliseconds; whoever reads waits for it, and holds the event loop meanwhile.
const readerTimeoutMs = 250;
const writerTimeoutMs = 10_000;

/** For reading only. The file must be there. */
export function openDatabase(path: string): DatabaseSync {
  return open(path, { readOnly: true, timeout: readerTimeoutMs }, (database) => {
    const version = versionOf(database);
    if (version < migrations.length) throw new Error(`expected accounts, found layout ${version}`);
  });
}

/** For writing. A missing file is made, and an older layout brought up to date. */
export function openWritableDatabase(path: string): DatabaseSync {
  // SQLite would make it readable for all.
  makeFile(path);
  return open(path, { timeout: writerTimeoutMs, enableForeignKeyConstraints: true }, migrate);
}

/** Everything or nothing, against others who write. */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  if (versionOf(database) === migrations.length) return;
  inTransaction(database, () => {
    const version = versionOf(database);
    if (version === 0 && database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) {
      throw new Error('expected accounts, found tables of another program');
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function versionOf(database: DatabaseSync): number {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > migrations.length) throw new Error(`layout ${version} is that of a later release`);
  return version;
}

function open(
  path: string,
  options: ConstructorParameters<typeof DatabaseSync>[1],
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (!statSync(path).isFile()) throw new Error('it is not a regular file');
    // SQLite would only say that it cannot.
    accessSync(path, constants.R_OK);
    database = new DatabaseSync(path, options);
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw databaseError(path, error);
  }
}

export function databaseError(path: string, error: unknown): AccountsDatabaseError {
  if (error instanceof AccountsDatabaseError) return error;
  return new AccountsDatabaseError(`${path}: cannot be used: ${reasonOf(error)}`, { cause: error });
}
