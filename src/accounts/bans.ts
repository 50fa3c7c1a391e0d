import { settleBan, type Ban } from '../contract/ban.ts';
import type { BanTable } from '../contract/store.ts';
import { parseSource, sourceOf } from '../wire/source.ts';
import { createBanSchedule } from './ban-schedule.ts';
import { createStoreWriter } from './store-writer.ts';

/** Who is refused everywhere for a while. They live in memory; the store only keeps them over a restart. */
export interface Bans {
  /** Takes in what the store has kept. Where it fails, that is told, tried again, and bans go on in memory. */
  load(): Promise<void>;
  /**
   * null: not an IP address, or one that is never banned. A ban that would end before the one that is there changes
   * nothing, unless an operator says it; what is returned is the ban that holds.
   */
  add(request: BanRequest): Ban | null;
  /** Whether the source of this address was banned. */
  remove(address: string): boolean;
  /** By their beginning, the oldest first. */
  list(): readonly Ban[];
  isBanned(address: string): boolean;
  close(): void;
}

export interface BanRequest {
  /** An IP address, or an IPv6 network of 64 bits. */
  readonly address: string;
  /** null: until it is removed. */
  readonly durationMs: number | null;
  readonly reason: Ban['reason'];
  readonly service: string | null;
}

/** What has become different; a source is in one of the two only. What is added takes the place of an earlier ban. */
export interface BanChange {
  readonly removed: readonly string[];
  readonly added: readonly Ban[];
}

export interface BansOptions {
  /** null: they are kept in memory only. */
  readonly store: BanTable | null;
  /** Addresses, or "2001:db8:0:1::" for a whole network, that are never banned. */
  readonly neverBan: (address: string) => boolean;
  readonly changed: (change: BanChange) => void;
  /** The store does not keep them; told once until it does again. */
  readonly failed: (error: Error) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxBans?: number;
}

const maxSpared = 10_000;

export function createBans(options: BansOptions): Bans {
  const { store, neverBan, changed, failed, now = Date.now, maxBans = 100_000 } = options;
  const bans = new Map<string, Ban>();
  const schedule = createBanSchedule({ bans, now, due: look });
  const writer = store === null ? null : createStoreWriter({ catchUp: () => catchUp(store), failed });
  let isLoaded = false;
  let latestSince = Number.NEGATIVE_INFINITY;

  return {
    load: async () => writer?.start(),
    add(request) {
      const source = parseSource(request.address);
      if (source === null || neverBan(request.address.replace(/\/64$/, ''))) return null;
      look();
      const current = bans.get(source);
      const ban = banOf(request, source, now());
      if (current !== undefined && ban.reason !== 'manual' && lasts(current) >= lasts(ban)) return current;
      keep(ban);
      const removed = makeRoom(source);
      changed({ removed, added: [ban] });
      write((table) => table.put(ban));
      for (const gone of removed) write((table) => table.remove(gone));
      schedule.wait();
      return ban;
    },
    remove(address) {
      look();
      const source = parseSource(address);
      if (source === null || !bans.delete(source)) return false;
      changed({ removed: [source], added: [] });
      write((table) => table.remove(source));
      return true;
    },
    list() {
      look();
      return [...bans.values()].sort((a, b) => a.since - b.since);
    },
    isBanned(address) {
      const ban = bans.size === 0 ? undefined : bans.get(sourceOf(address));
      return ban !== undefined && lasts(settleBan(ban, now())) > now() && !neverBan(address);
    },
    close() {
      schedule.close();
      writer?.close();
    },
  };

  async function catchUp(table: BanTable): Promise<void> {
    const isNew = !isLoaded && bans.size === 0;
    if (!isLoaded) takeIn(await table.list(now()));
    isLoaded = true;
    await table.purge(now());
    if (!isNew) await table.replace([...bans.values()]);
  }

  /** What was banned since then is newer than what the store knows. */
  function takeIn(stored: readonly Ban[]): void {
    const fresh = stored.filter(({ source }) => !bans.has(source) && parseSource(source) === source);
    fresh.forEach(keep);
    makeRoom(null);
    const added = fresh.filter((ban) => bans.get(ban.source) === ban);
    if (added.length > 0) changed({ removed: [], added });
    schedule.wait();
  }

  function keep(ban: Ban): void {
    bans.set(ban.source, ban);
    schedule.add(ban);
    latestSince = Math.max(latestSince, ban.since);
  }

  /** Past the limit, those go that would go first anyway, but not the one that is new. */
  function makeRoom(newest: string | null): string[] {
    const gone: string[] = [];
    const spared: Ban[] = [];
    while (bans.size > maxBans) {
      const ban = schedule.takeFirst(newest);
      if (ban === undefined) break;
      // An operator's stays, however many an attack adds.
      if (ban.reason === 'manual' && spared.length < maxSpared) spared.push(ban);
      else if (bans.delete(ban.source)) gone.push(ban.source);
    }
    for (const ban of spared) schedule.add(ban);
    return gone;
  }

  /** Ends what is over. */
  function look(): void {
    const time = now();
    if (latestSince > time) settleAll(time);
    const removed = schedule.takeOver(time).map(({ source }) => source);
    if (removed.length === 0) return;
    for (const source of removed) bans.delete(source);
    changed({ removed, added: [] });
    write((table) => table.purge(time));
  }

  /** The clock went back. */
  function settleAll(time: number): void {
    const settled = [...bans.values()].filter(({ since }) => since > time).map((ban) => settleBan(ban, time));
    for (const ban of settled) bans.set(ban.source, ban);
    latestSince = time;
    schedule.rebuild();
    if (settled.length === 0) return;
    changed({ removed: [], added: settled });
    write((table) => table.list(time));
  }

  function write(change: (table: BanTable) => Promise<unknown>): void {
    if (store !== null) void writer?.write(() => change(store));
  }
}

function banOf({ durationMs, reason, service }: BanRequest, source: string, since: number): Ban {
  return { source, until: durationMs === null ? null : since + durationMs, reason, service, since };
}

function lasts({ until }: Ban): number {
  return until ?? Number.POSITIVE_INFINITY;
}
