import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import type { AccountSource } from '../contract/account.ts';
import { createAccountRows, type AccountRows } from './database-rows.ts';
import { databaseError, openDatabase } from './database.ts';
import { createTypicalPassword } from './typical-password.ts';

export interface SqliteSourceOptions {
  /** Absolute path of the database. */
  readonly path: string;
  /** Absolute path of `daemon.state`, for homes that are not set. */
  readonly state: string;
}

interface Opened {
  readonly database: DatabaseSync;
  readonly rows: AccountRows;
  /** Of the file: another one may come in its place. */
  readonly identity: string;
}

const sampled = 1000;

/**
 * Accounts in an SQLite file, read whenever somebody is looked for, so that changes count at once. While there is no file there
 * are no accounts. Throws AccountsDatabaseError while it cannot be used.
 */
export function createSqliteSource({ path, state }: SqliteSourceOptions): AccountSource {
  let opened: Opened | null = null;
  let typical: { readonly version: string; readonly password: string | null } | null = null;
  return {
    find: (name) => ask((rows) => rows.find(name)),
    findByMail: (address) => ask((rows) => rows.findByMail(address)),
    typicalPassword: () =>
      ask((rows) => {
        const version = versionOf(opened);
        if (typical?.version !== version)
          typical = { version, password: createTypicalPassword(rows.passwords(sampled)) };
        return typical.password;
      }),
    close,
  };

  // Not `async`: SQLite is asked at once, and what it throws is the answer.
  function ask<T>(question: (rows: AccountRows) => T | null): Promise<T | null> {
    try {
      const current = open();
      return Promise.resolve(current === null ? null : question(current.rows));
    } catch (error) {
      // A file that was written over is opened anew the next time.
      close();
      return Promise.reject(databaseError(path, error));
    }
  }

  function open(): Opened | null {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined) {
      close();
      return null;
    }
    const identity = `${stat.dev}:${stat.ino}`;
    if (opened?.identity === identity) return opened;
    close();
    const database = openDatabase(path);
    opened = { database, rows: createAccountRows(database, path, state), identity };
    return opened;
  }

  function close(): void {
    opened?.database.close();
    opened = null;
  }
}

/** Changes whenever the file did. */
function versionOf(opened: Opened | null): string {
  const version = opened?.database.prepare('PRAGMA data_version').get()?.['data_version'];
  return `${opened?.identity} ${String(version)}`;
}
