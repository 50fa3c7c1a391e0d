import type { Database } from './database.ts';
import { migrations } from './migrations.ts';
import { StoreError } from './store-error.ts';

/** Brings a database up to date; refuses one that is not ours, or from the future, before anything in it is changed. */
export function migrate(database: Database, steps: readonly string[] = migrations): void {
  const version = versionOf(database, steps.length);
  for (let next = version; next < steps.length; next += 1) {
    database.write('power', () => {
      // Another process may have been faster.
      if (database.pragma('user_version') !== next) return;
      database.exec(steps[next] ?? '');
      database.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}

/** 0 is a database with nothing in it. */
export function versionOf(database: Database, newest: number = migrations.length): number {
  const { version, tables } = database.read(
    () =>
      database
        .prepare(
          'SELECT user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_user_version',
        )
        .get() as { version: number; tables: number },
  );
  if (version > newest) throw new StoreError(database.file, 'newer');
  if (version < 0 || (version === 0 && tables > 0)) throw new StoreError(database.file, 'foreign');
  return version;
}
