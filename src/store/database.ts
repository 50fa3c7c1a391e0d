import fs from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { StoreError, toStoreError } from './store-error.ts';

/** One SQLite file. Everything that it throws is a StoreError. */
export interface Database {
  readonly file: string;
  prepare(sql: string): StatementSync;
  read<T>(run: () => T): T;
  /**
   * One transaction. 'process': it outlives the death of the process, which costs no wait. 'power': it is on the disk
   * when this returns.
   */
  write<T>(survives: 'process' | 'power', run: () => T): T;
  /** The number that a pragma gives. */
  pragma(name: string): number;
  exec(sql: string): void;
  close(): void;
}

export interface DatabaseOptions {
  /** How long to wait for another process that writes; the event loop waits too. */
  readonly busyMs?: number;
}

export function openDatabase(file: string, { busyMs = 2_000 }: DatabaseOptions = {}): Database {
  const guard = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw toStoreError(file, error);
    }
  };
  guard(() => prepareFile(file));
  const connection = guard(() => new DatabaseSync(file, { timeout: busyMs }));
  const transaction = guard(() => createTransactions(connection));
  /** What writing has to outlive as things stand: to say it costs, and many of a kind follow each other. */
  let lasting: keyof typeof levels | null = null;
  const exec = (sql: string): void => guard(() => connection.exec(sql));

  return {
    file,
    exec,
    prepare: (sql) => guard(() => connection.prepare(sql)),
    read: guard,
    write(survives, run) {
      return guard(() => {
        if (survives !== lasting) connection.exec(`PRAGMA synchronous = ${levels[survives]}`);
        lasting = survives;
        return transaction(run);
      });
    },
    pragma: (name) => guard(() => Number(Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0])),
    close: () => {
      if (connection.isOpen) connection.close();
    },
  };
}

// With a write-ahead log, NORMAL keeps what was committed through a crash of the process, and the file whole through
// a loss of power, which may cost the last seconds.
const levels = { process: 'NORMAL', power: 'FULL' } as const;

/**
 * Made with its mode from the start: SQLite would make it readable for everyone. An existing file is not opened, as
 * closing it would give up the locks that this process may have on it.
 */
function prepareFile(file: string): void {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    // Not 'wx': another process may be just as far.
    fs.closeSync(fs.openSync(file, 'a', 0o600));
    return;
  }
  if (!stat.isFile()) throw new StoreError(file, 'missing');
  // SQLite takes what is shorter than its smallest page for nothing, and writes over it.
  if (stat.size > 0 && stat.size < 512) throw new StoreError(file, 'corrupt', new Error('file is not a database'));
  if ((stat.mode & 0o077) !== 0 && stat.uid === process.geteuid?.()) fs.chmodSync(file, stat.mode & 0o700);
}

/** Immediate: a transaction that began by reading could not wait for another writer. */
function createTransactions(connection: DatabaseSync): <T>(run: () => T) => T {
  const [begin, commit] = [connection.prepare('BEGIN IMMEDIATE'), connection.prepare('COMMIT')];
  return (run) => {
    begin.run();
    try {
      const result = run();
      commit.run();
      return result;
    } catch (error) {
      rollBack(connection);
      throw error;
    }
  };
}

function rollBack(connection: DatabaseSync): void {
  try {
    if (connection.isTransaction) connection.exec('ROLLBACK');
  } catch {
    // The first error is the one to tell; SQLite undoes the rest when it is opened next.
  }
}
