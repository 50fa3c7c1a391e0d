import fs from 'node:fs';

import type { Store } from '../contract/store.ts';
import { createBanTable } from './bans.ts';
import { openDatabase, type Database, type DatabaseOptions } from './database.ts';
import { createFailureTable } from './failures.ts';
import { createJournalTable } from './journal.ts';
import { migrate, versionOf } from './migrate.ts';
import { createQueueTable } from './queue.ts';
import { StoreError } from './store-error.ts';

export interface StoreOptions extends DatabaseOptions {
  readonly maxBans?: number;
}

/**
 * The daemon's database, one SQLite file of mode 0600. Throws a StoreError where it cannot be used. Must be closed before
 * the process ends or becomes another program: a log that is left behind makes the next opening look through the file.
 */
export function openStore(file: string, { maxBans, ...options }: StoreOptions = {}): Store {
  const wasLeftOpen = sizeOf(`${file}-wal`) > 0;
  const database = openDatabase(file, options);
  try {
    configure(database);
    if (wasLeftOpen && sizeOf(file) <= maxCheckedBytes) check(database);
    migrate(database);
    // A file that may only be read opens well; it shows when something is written, or could have been.
    database.write('process', () => database.exec('DELETE FROM bans WHERE false'));
    return {
      bans: createBanTable(database, maxBans),
      failures: createFailureTable(database),
      journal: createJournalTable(database),
      queue: createQueueTable(database),
      close: database.close,
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

// 0.1 s on a fast disk. What is wrong with a larger one is found when it is used.
const maxCheckedBytes = 128 * 1024 * 1024;
const maxLogBytes = 4 * 1024 * 1024;

function configure(database: Database): void {
  // Only a database without tables can still be told that it will give room back.
  if (versionOf(database) === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  useLog(database);
  database.exec(`PRAGMA journal_size_limit = ${maxLogBytes}`);
}

/** Said only once in the life of a file: it cannot be said while somebody else has the file open, and stays said. */
function useLog(database: Database): void {
  const { journal_mode: mode } = database.read(() => database.prepare('PRAGMA journal_mode').get()) ?? {};
  if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL');
}

/** The process before us did not end well; perhaps the machine did not either. */
function check(database: Database): void {
  const result = database.read(() => database.prepare('PRAGMA quick_check(1)').get()) ?? {};
  const [text] = Object.values(result);
  if (text !== 'ok') throw new StoreError(database.file, 'corrupt', new Error(String(text).replaceAll('\n', ' ')));
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
