import { settleBan, type Ban } from '../contract/ban.ts';
import type { BanTable } from '../contract/store.ts';
import type { Database } from './database.ts';

/** More sources than these are not banned at once. */
export const defaultMaxBans = 100_000;

export function createBanTable(database: Database, maxBans: number = defaultMaxBans): BanTable {
  const all = database.prepare('SELECT source, ends AS until, reason, service, since FROM bans ORDER BY source');
  const insert = database.prepare('INSERT INTO bans (source, ends, reason, service, since) VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM bans WHERE source = ?');
  const purge = database.prepare('DELETE FROM bans WHERE ends <= ?');
  const clear = database.prepare('DELETE FROM bans');
  const countAll = database.prepare('SELECT count(*) AS count FROM bans');
  // Those without an end come last, the older ones among them first.
  const evict = database.prepare(`DELETE FROM bans WHERE source IN (
    SELECT source FROM bans WHERE source <> ? ORDER BY ends IS NULL, ends, since LIMIT ?)`);
  // Counting a hundred thousand at every ban would cost more than the rest of it.
  let count = countRows();

  return {
    async put(ban) {
      count = database.write(isLasting(ban) ? 'power' : 'process', () => {
        const others = count - changesOf(remove.run(ban.source));
        insertBan(ban);
        const excess = others + 1 - maxBans;
        return others + 1 - (excess > 0 ? changesOf(evict.run(ban.source, excess)) : 0);
      });
    },
    async remove(source) {
      const removed = database.write('power', () => changesOf(remove.run(source)));
      count -= removed;
      return removed > 0;
    },
    async list(now) {
      const bans = database.read(() => all.all()) as unknown as Ban[];
      const settled = bans.map((ban) => settleBan({ ...ban }, now));
      const moved = settled.filter(({ since }, i) => since !== bans[i]?.since);
      if (moved.length > 0) database.write('process', () => moved.forEach(replaceBan));
      count = bans.length;
      return settled.filter(({ until }) => until === null || until > now);
    },
    async purge(now) {
      const removed = database.write('process', () => changesOf(purge.run(now)));
      count -= removed;
      return removed;
    },
    async replace(bans) {
      database.write('process', () => {
        clear.run();
        bans.forEach(replaceBan);
      });
      count = countRows();
    },
  };

  function countRows(): number {
    return Number(database.read(() => countAll.get())?.['count']);
  }

  function replaceBan(ban: Ban): void {
    remove.run(ban.source);
    insertBan(ban);
  }

  function insertBan({ source, until, reason, service, since }: Ban): void {
    insert.run(source, until, reason, service, since);
  }
}

/** What an operator has said, or nobody will say again, is worth a wait for the disk; an attack's hundreds are not. */
function isLasting({ until, reason }: Ban): boolean {
  return until === null || reason === 'manual';
}

function changesOf({ changes }: { readonly changes: number | bigint }): number {
  return Number(changes);
}
