import type { FailedLogins, FailureTable } from '../contract/store.ts';
import type { Database } from './database.ts';

interface FailureRow {
  readonly source: string;
  readonly times: string;
  readonly keep_ms: number;
  readonly keep_count: number;
}

/** One row per source: they are written and read as a whole. */
export function createFailureTable(database: Database): FailureTable {
  const all = database.prepare('SELECT source, times, keep_ms, keep_count FROM failures ORDER BY source');
  const put = database.prepare(
    'INSERT OR REPLACE INTO failures (source, times, keep_ms, keep_count) VALUES (?, ?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM failures WHERE source = ?');
  const clear = database.prepare('DELETE FROM failures');
  const putOne = ({ source, times, keepMs, keepCount }: FailedLogins): void => {
    put.run(source, times.join(' '), keepMs, keepCount);
  };

  return {
    async list() {
      return (database.read(() => all.all()) as unknown as FailureRow[]).map(fromRow);
    },
    async write({ changed, gone }) {
      database.write('process', () => {
        for (const source of gone) remove.run(source);
        changed.forEach(putOne);
      });
    },
    async replace(failures) {
      database.write('process', () => {
        clear.run();
        failures.forEach(putOne);
      });
    },
  };
}

function fromRow({ source, times, keep_ms, keep_count }: FailureRow): FailedLogins {
  return {
    source,
    times: times.split(' ').map(Number).filter(Number.isSafeInteger),
    keepMs: keep_ms,
    keepCount: keep_count,
  };
}
