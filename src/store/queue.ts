import type { FinishedItem, Lease, NewItem, Outcome, QueueTable, TaskKey } from '../contract/queue.ts';
import { mailboxDelivery } from '../contract/queue.ts';
import type { Database } from './database.ts';
import { createQueueOrders } from './queue-orders.ts';
import { itemColumns, itemValues, toTask, type TaskRow } from './queue-rows.ts';

/**
 * The queue of deliveries. `next_at` is when a task is due: 0 for what was never tried, so that the index gives these in the
 * order in which they came; the end of its lease for what is under way, so that it is due again by itself if nobody settles it.
 */
export function createQueueTable(database: Database): QueueTable {
  const addItem = database.prepare(
    `INSERT INTO items (${itemColumns}) VALUES (${itemColumns.replaceAll(/\w+/g, '?')}) ON CONFLICT (id) DO NOTHING`,
  );
  const addTask = database.prepare(
    'INSERT INTO tasks (position, delivery, mailbox, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const dueColumns = `tasks.position, delivery, mailbox, state, attempts, since, next_at, owner, reason, ${itemColumns}`;
  const due = (which: string): string =>
    `SELECT ${dueColumns} FROM tasks JOIN items USING (position)
    WHERE delivery = :delivery AND state = 'queued' AND ${which} ORDER BY next_at, tasks.position LIMIT :limit`;
  const fresh = database.prepare(due('next_at = 0'));
  const again = database.prepare(due('next_at > 0 AND next_at <= :now'));
  const take = database.prepare(
    `UPDATE tasks SET next_at = ?, owner = ? WHERE position = ? AND delivery = ? AND mailbox = ?
    AND state = 'queued' AND next_at = ?`,
  );
  const its = 'position = (SELECT position FROM items WHERE id = ?) AND delivery = ? AND mailbox = ? AND owner = ?';
  const end = database.prepare(
    `UPDATE tasks SET state = ?, reason = ?, attempts = attempts + ?, owner = NULL WHERE ${its}`,
  );
  const putOff = database.prepare(
    `UPDATE tasks SET next_at = ?, reason = ?, attempts = attempts + 1, owner = NULL WHERE ${its}`,
  );
  const giveBack = database.prepare(`UPDATE tasks SET next_at = (attempts > 0), owner = NULL WHERE ${its}`);
  const finish = database.prepare(`UPDATE items SET finished = 1 WHERE id = ? AND NOT EXISTS (
    SELECT 1 FROM tasks WHERE tasks.position = items.position AND state <> 'done')`);
  const addTotal = database.prepare(
    'INSERT INTO delivered (delivery, total) VALUES (?, ?) ON CONFLICT DO UPDATE SET total = total + excluded.total',
  );
  // Once it is told that the file can go, no order brings anything in it back.
  const finished = database.prepare(
    'SELECT position, id, folder, file FROM items WHERE finished > 0 AND position > ? ORDER BY position LIMIT ?',
  );
  const waitsIn = database.prepare('SELECT 1 FROM items WHERE file = ? AND finished = 0 LIMIT 1');
  const isGivenUp = database.prepare('SELECT 1 FROM items WHERE file = ? AND finished = 2 LIMIT 1');
  const confirm = database.prepare('UPDATE items SET finished = 2 WHERE file = ? AND finished = 1');
  const removeTasks = database.prepare(
    `DELETE FROM tasks WHERE position = (SELECT position FROM items WHERE id = ? AND finished > 0)`,
  );
  const removeItem = database.prepare('DELETE FROM items WHERE id = ? AND finished > 0');
  const allOwners = database.prepare('SELECT DISTINCT owner FROM tasks WHERE owner IS NOT NULL');
  const release = database.prepare('UPDATE tasks SET next_at = (attempts > 0), owner = NULL WHERE owner = ?');
  const bringNearer = database.prepare(
    "UPDATE tasks SET next_at = ? WHERE state = 'queued' AND owner IS NULL AND next_at > ?",
  );

  return {
    async add(items, isThere = () => true) {
      return database.write('power', () =>
        items.reduce((count, each) => count + (isThere(each.item) && addOne(each) ? 1 : 0), 0),
      );
    },
    async lease(lease) {
      // Looking costs less than a transaction, and mostly there is nothing.
      const rows = database.read(() => dueOf(lease));
      if (rows.length === 0) return [];
      const { until, owner } = lease;
      return database
        .write('process', () =>
          // What somebody else has changed in between is not taken.
          rows.filter(
            ({ position, delivery, mailbox, next_at }) =>
              take.run(until, owner, position, delivery, mailbox, next_at).changes > 0,
          ),
        )
        .map(toTask);
    },
    async settle(owner, outcomes) {
      if (outcomes.length === 0) return;
      database.write('process', () => {
        const totals = new Map<string, number>();
        for (const outcome of outcomes) {
          if (!settleOne(owner, outcome) || outcome.result !== 'done') continue;
          totals.set(outcome.delivery, (totals.get(outcome.delivery) ?? 0) + 1);
        }
        for (const [delivery, count] of totals) addTotal.run(delivery, count);
      });
    },
    async finished(limit, isHeld = () => false) {
      if (database.read(() => finished.all(0, 1)).length === 0) return [];
      // A write, so that there is something to wait for: what was settled before it is on the disk with it.
      return database.write('power', () => finishedOf(limit, isHeld));
    },
    async remove(ids) {
      database.write('process', () => {
        for (const id of ids) {
          removeTasks.run(id);
          removeItem.run(id);
        }
      });
    },
    async owners() {
      return (database.read(() => allOwners.all()) as unknown as { readonly owner: string }[]).map(
        ({ owner }) => owner,
      );
    },
    async release(owner) {
      database.write('process', () => release.run(owner));
    },
    async settleClock(now, longestMs) {
      database.write('process', () => bringNearer.run(now, now + longestMs));
    },
    ...createQueueOrders(database),
  };

  /** Whether it is new. */
  function addOne({ item, deliveries, mailboxes }: NewItem): boolean {
    if (isGivenUp.get(item.file) !== undefined) return false;
    const { changes, lastInsertRowid } = addItem.run(...itemValues(item));
    if (changes === 0) return false;
    for (const delivery of deliveries) addTask.run(lastInsertRowid, delivery, '', item.received);
    for (const mailbox of mailboxes) addTask.run(lastInsertRowid, mailboxDelivery, mailbox, item.received);
    // With nowhere to go it is done already.
    if (deliveries.length + mailboxes.length === 0) finish.run(item.id);
    return true;
  }

  function dueOf({ delivery, limit, now, retriesFirst }: Lease): PositionedRow[] {
    const tried = (count: number): PositionedRow[] =>
      again.all({ delivery, now, limit: count }) as unknown as PositionedRow[];
    const untried = (count: number): PositionedRow[] =>
      fresh.all({ delivery, limit: count }) as unknown as PositionedRow[];
    const [first, second] = retriesFirst ? [tried, untried] : [untried, tried];
    const rows = first(limit);
    return rows.length === limit ? rows : [...rows, ...second(limit - rows.length)];
  }

  /** Many lie in one file, and each file is looked at once. */
  function finishedOf(limit: number, isHeld: (item: FinishedRow) => boolean): FinishedItem[] {
    const files = new Map<string, 'held' | 'waiting' | 'done'>();
    const stateOf = (row: FinishedRow): 'held' | 'waiting' | 'done' => {
      if (isHeld(row)) return 'held';
      return waitsIn.get(row.file) === undefined ? 'done' : 'waiting';
    };
    const mayGo: FinishedItem[] = [];
    // However many are held, those behind them go.
    for (const row of allFinished(limit)) {
      const { id, folder, file } = row;
      const state = files.get(file) ?? stateOf(row);
      if (!files.has(file) && state === 'done') confirm.run(file);
      files.set(file, state);
      if (state !== 'held') mayGo.push({ id, folder, file, isLast: state === 'done' });
      if (mayGo.length === limit) break;
    }
    return mayGo;
  }

  /** A page after the other. */
  function* allFinished(pageSize: number): Generator<FinishedRow> {
    for (let last = 0; ;) {
      const rows = finished.all(last, pageSize) as unknown as FinishedRow[];
      yield* rows;
      if (rows.length < pageSize) return;
      last = rows.at(-1)?.position ?? last;
    }
  }

  /** Whether it was still this owner's. */
  function settleOne(owner: string, outcome: Outcome): boolean {
    const key = keyOf(outcome, owner);
    switch (outcome.result) {
      case 'done':
      case 'skipped': {
        const { changes } = end.run('done', null, outcome.result === 'done' ? 1 : 0, ...key);
        finish.run(outcome.id);
        return changes > 0;
      }
      case 'failed':
        return end.run('failed', outcome.reason, 1, ...key).changes > 0;
      case 'retry':
        return putOff.run(outcome.at, outcome.reason, ...key).changes > 0;
      case 'back':
        return giveBack.run(...key).changes > 0;
    }
  }
}

type FinishedRow = Omit<FinishedItem, 'isLast'> & { readonly position: number };

interface PositionedRow extends TaskRow {
  readonly position: number;
}

function keyOf({ id, delivery, mailbox }: TaskKey, owner: string): [string, string, string, string] {
  return [id, delivery, mailbox, owner];
}
