import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import type { AccountEditor } from '../contract/account.ts';
import { parsePublicKey } from '../wire/public-key.ts';
import { createAccountRows } from './database-rows.ts';
import { databaseError, inTransaction, openDatabase, openWritableDatabase } from './database.ts';
import { letRead, type Reader } from './let-read.ts';
import type { SqliteSourceOptions } from './sqlite-source.ts';

export interface SqliteEditorOptions extends SqliteSourceOptions {
  /** Who the workers are when root starts the daemon; a database that is made can be read by them. */
  readonly reader?: Reader;
}

/** Accounts in an SQLite file, for writing. The first account makes a missing file, mode 0600. Throws AccountsDatabaseError. */
export function openSqliteEditor({ path, state, reader = {} }: SqliteEditorOptions): AccountEditor {
  let writable: DatabaseSync | null = null;
  return {
    async records() {
      return await attempt(() => (existsSync(path) ? readAll() : []));
    },
    add: (name, password) =>
      attempt(() => run('INSERT OR IGNORE INTO accounts (name, password) VALUES (?, ?)', name, password)),
    setPassword: (name, password) =>
      attempt(() => existsSync(path) && run('UPDATE accounts SET password = ? WHERE name = ?', password, name)),
    remove: (name) => attempt(() => existsSync(path) && run('DELETE FROM accounts WHERE name = ?', name)),
    async addKey(name, line) {
      const { text, comment } = parsePublicKey(line);
      return await attempt(() => existsSync(path) && addKey(name, text, `${text} ${comment}`.trim()));
    },
    close: () => writable?.close(),
  };

  function readAll(): ReturnType<ReturnType<typeof createAccountRows>['all']> {
    const database = openDatabase(path);
    try {
      return createAccountRows(database, path, state).all();
    } finally {
      database.close();
    }
  }

  function addKey(name: string, text: string, line: string): boolean {
    const database = openWritable();
    const rows = createAccountRows(database, path, state);
    return inTransaction(database, () => {
      const record = rows.find(name);
      if (record === null) return false;
      if (!record.keys.includes(text)) run('INSERT INTO account_keys (account, key) VALUES (?, ?)', name, line);
      return true;
    });
  }

  /** Whether that changed anything. */
  function run(sql: string, ...values: readonly string[]): boolean {
    return (
      openWritable()
        .prepare(sql)
        .run(...values).changes !== 0
    );
  }

  function openWritable(): DatabaseSync {
    if (writable !== null) return writable;
    const isNew = !existsSync(path);
    writable = openWritableDatabase(path);
    if (isNew) letRead(path, reader);
    return writable;
  }

  function attempt<T>(task: () => T): Promise<T> {
    try {
      return Promise.resolve(task());
    } catch (error) {
      return Promise.reject(databaseError(path, error));
    }
  }
}
