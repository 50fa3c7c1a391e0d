import type { DeliveryCounts, QueueTable, TaskChoice, TaskReport } from '../contract/queue.ts';
import type { Database } from './database.ts';
import { itemColumns, toItem, toReport, type ItemRow, type TaskRow } from './queue-rows.ts';

/** What is shown of the queue, and what is ordered by hand. */
export type QueueOrders = Pick<QueueTable, 'counts' | 'list' | 'find' | 'retry' | 'drop' | 'replay' | 'known'>;

export function createQueueOrders(database: Database): QueueOrders {
  const columns = `delivery, mailbox, state, attempts, since, next_at, owner, reason, ${itemColumns}`;
  // Ids come as one JSON array; an empty one stands for all.
  const chosen = `(json_array_length(:ids) = 0 OR id IN (SELECT value FROM json_each(:ids)))
    AND (:delivery IS NULL OR delivery = :delivery)`;
  const list = database.prepare(`SELECT ${columns} FROM tasks JOIN items USING (position)
    WHERE ${chosen} AND (:state IS NULL OR CASE WHEN owner IS NULL THEN state ELSE 'delivering' END = :state)
    ORDER BY position, delivery, mailbox LIMIT :limit`);
  const one = database.prepare(`SELECT ${itemColumns} FROM items WHERE id = ?`);
  const itsTasks = database.prepare(`SELECT ${columns} FROM tasks JOIN items USING (position)
    WHERE id = ? ORDER BY delivery, mailbox`);
  const counts = database.prepare('SELECT delivery, state, count(*) AS count FROM tasks GROUP BY delivery, state');
  const totals = database.prepare('SELECT delivery, total FROM delivered');
  const positions =
    'position IN (SELECT position FROM items WHERE finished < 2 AND (json_array_length(:ids) = 0 OR id IN (SELECT value FROM json_each(:ids))))';
  const fits = `${positions} AND (:delivery IS NULL OR delivery = :delivery) AND (:state IS NULL OR state = :state)`;
  const free = `owner IS NULL AND ${fits}`;
  const renew = "state = 'queued', attempts = 0, since = :now, next_at = 0, reason = NULL";
  const retry = database.prepare(`UPDATE tasks SET ${renew} WHERE state <> 'done' AND ${free}`);
  const drop = database.prepare(
    `UPDATE tasks SET state = 'done', reason = 'dropped' WHERE state <> 'done' AND ${free}`,
  );
  const replay = database.prepare(`UPDATE tasks SET ${renew} WHERE ${free}`);
  const replayTo = database.prepare(`INSERT INTO tasks (position, delivery, mailbox, since)
    SELECT DISTINCT position, :to, '', :now FROM tasks WHERE (delivery <> :to OR owner IS NULL) AND ${fits}
    ON CONFLICT DO UPDATE SET ${renew} WHERE owner IS NULL`);
  // An order may have changed any of them; there are only as many as have waited for somebody.
  const finish = database.prepare(`UPDATE items SET finished = NOT EXISTS (
    SELECT 1 FROM tasks WHERE tasks.position = items.position AND state <> 'done')
    WHERE finished < 2 AND (json_array_length(:ids) = 0 OR id IN (SELECT value FROM json_each(:ids)))`);
  const known = database.prepare('SELECT DISTINCT file FROM items WHERE file IN (SELECT value FROM json_each(?))');

  return {
    async counts() {
      const [rows, sums] = database.read(() => [counts.all(), totals.all()]) as unknown as [CountRow[], TotalRow[]];
      return countsOf(rows, sums);
    },
    async list({ ids, delivery, state = null, limit }) {
      const rows = database.read(() => list.all({ ids: JSON.stringify(ids), delivery, state, limit }));
      return (rows as unknown as TaskRow[]).map(toReport);
    },
    async find(id) {
      const row = database.read(() => one.get(id)) as unknown as ItemRow | undefined;
      if (row === undefined) return null;
      const rows = database.read(() => itsTasks.all(id)) as unknown as TaskRow[];
      return { item: toItem(row), tasks: rows.map(toReport) };
    },
    retry: async (choice, now) => change(choice, (given) => retry.run({ ...given, now }).changes),
    drop: async (choice) => change(choice, (given) => drop.run(given).changes),
    replay: async ({ to, ...choice }, now) =>
      change(choice, (given) =>
        to === null ? replay.run({ ...given, now }).changes : replayTo.run({ ...given, now, to }).changes,
      ),
    async known(files) {
      const rows = database.read(() => known.all(JSON.stringify(files))) as unknown as { readonly file: string }[];
      return new Set(rows.map(({ file }) => file));
    },
  };

  function change(choice: TaskChoice, run: (given: Given) => number | bigint): number {
    const ids = JSON.stringify(choice.ids);
    return database.write('power', () => {
      const count = Number(run({ ids, delivery: choice.delivery, state: choice.state ?? null }));
      if (count > 0) finish.run({ ids });
      return count;
    });
  }
}

type Given = Readonly<Record<'ids', string> & Record<'delivery' | 'state', string | null>>;

interface CountRow {
  readonly delivery: string;
  readonly state: TaskReport['state'];
  readonly count: number;
}

interface TotalRow {
  readonly delivery: string;
  readonly total: number;
}

function countsOf(rows: readonly CountRow[], totals: readonly TotalRow[]): DeliveryCounts[] {
  const names = new Set([...rows, ...totals].map(({ delivery }) => delivery));
  const count = (delivery: string, state: CountRow['state']): number =>
    rows.find((row) => row.delivery === delivery && row.state === state)?.count ?? 0;
  return [...names].sort().map((delivery) => ({
    delivery,
    queued: count(delivery, 'queued'),
    failed: count(delivery, 'failed'),
    delivered: totals.find((row) => row.delivery === delivery)?.total ?? 0,
  }));
}
