import type { Rate } from '../contract/plan.ts';
import type { FailedLogins, FailureTable } from '../contract/store.ts';
import { sourceOf } from '../wire/source.ts';
import { createStoreWriter } from './store-writer.ts';

/** Counts failed logins by source, whichever service they were at. Lives in memory; the store keeps it over a restart. */
export interface Failures {
  /** Takes in what the store has kept. Where it fails, that is told, tried again, and counting goes on in memory. */
  load(): Promise<void>;
  /**
   * One more failure of the source of this address. True when there were `rate.count` of them within `rate.window`; then
   * they are forgotten, because they will be answered with a ban.
   */
  record(address: string, rate: Rate): boolean;
  /** As if nothing had been. */
  forget(address: string): void;
  /** Writes what has changed. */
  flush(): Promise<void>;
  /** To be called after a `flush`. */
  close(): void;
}

export interface FailuresOptions {
  /** null: they are kept in memory only. */
  readonly store: FailureTable | null;
  /** The store does not keep them; told once until it does again. */
  readonly failed: (error: Error) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxSources?: number;
  /** Failures in all. */
  readonly maxTimes?: number;
}

interface Tally {
  times: number[];
  keepMs: number;
  keepCount: number;
}

const writeAfterMs = 1_000;
// Soon enough that one write never takes longer than some milliseconds.
const maxUnwritten = 1_000;

export function createFailures(options: FailuresOptions): Failures {
  const { store, failed, now = Date.now, maxSources = 100_000, maxTimes = 1_000_000 } = options;
  // The one that failed last is last.
  const tallies = new Map<string, Tally>();
  const unwritten = new Set<string>();
  const writer = store === null ? null : createStoreWriter({ catchUp: () => catchUp(store), failed });
  let count = 0;
  let isLoaded = false;
  let timer: NodeJS.Timeout | undefined;

  return {
    load: async () => writer?.start(),
    record(address, rate) {
      const source = sourceOf(address);
      const time = now();
      const tally = take(source) ?? { times: [], keepMs: 0, keepCount: 0 };
      tally.keepMs = Math.max(tally.keepMs, rate.window);
      tally.keepCount = Math.max(tally.keepCount, rate.count);
      trim(tally, time);
      tally.times.push(time);
      note(source);
      if (isReached(tally, rate, time)) return true;
      put(source, tally);
      forgetOldest(time);
      return false;
    },
    forget(address) {
      const source = sourceOf(address);
      if (take(source) !== undefined) note(source);
    },
    flush,
    close() {
      clearTimeout(timer);
      writer?.close();
    },
  };

  function put(source: string, tally: Tally): void {
    tallies.set(source, tally);
    count += tally.times.length;
  }

  function take(source: string): Tally | undefined {
    const tally = tallies.get(source);
    if (tally === undefined) return;
    tallies.delete(source);
    count -= tally.times.length;
    return tally;
  }

  /** Past the limits the oldest go; and two that do not count any more go each time, so that no timer is needed. */
  function forgetOldest(time: number): void {
    let passed = 0;
    for (const [source, tally] of tallies) {
      const isPassed = (tally.times.at(-1) ?? 0) <= time - tally.keepMs && passed++ < 2;
      if (!isPassed && tallies.size <= maxSources && count <= maxTimes) return;
      take(source);
      note(source);
    }
  }

  function note(source: string): void {
    if (store === null) return;
    unwritten.add(source);
    if (unwritten.size >= maxUnwritten) void flush();
    else timer ??= setTimeout(() => void flush(), writeAfterMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (store === null || unwritten.size === 0) return;
    const sources = [...unwritten];
    unwritten.clear();
    const changed = sources.flatMap((source) => rowOf(source) ?? []);
    const gone = sources.filter((source) => !tallies.has(source));
    await writer?.write(() => store.write({ changed, gone }));
  }

  function rowOf(source: string): FailedLogins | null {
    const tally = tallies.get(source);
    return tally === undefined ? null : { source, ...tally };
  }

  async function catchUp(table: FailureTable): Promise<void> {
    const isNew = !isLoaded && tallies.size === 0;
    if (!isLoaded) takeIn(await table.list(), now());
    isLoaded = true;
    if (!isNew) await table.replace([...tallies.keys()].flatMap((source) => rowOf(source) ?? []));
  }

  function takeIn(stored: readonly FailedLogins[], time: number): void {
    const known = [...tallies];
    const older = stored
      .filter(({ source }) => !tallies.has(source))
      .map(({ source, times, ...keep }): [string, Tally] => [source, { times: [...times], ...keep }])
      .sort(([, a], [, b]) => (a.times.at(-1) ?? 0) - (b.times.at(-1) ?? 0));
    for (const [source] of known) take(source);
    for (const [source, tally] of [...older, ...known]) {
      trim(tally, time);
      if (tally.times.length > 0) put(source, tally);
      else note(source);
    }
    forgetOldest(time);
  }
}

/** What is from the future was before the clock went back: it counts as of now. */
function trim(tally: Tally, time: number): void {
  if ((tally.times.at(-1) ?? 0) > time) tally.times = tally.times.map((at) => Math.min(at, time));
  const { times, keepMs, keepCount } = tally;
  let first = Math.max(0, times.length - keepCount);
  while (first < times.length && (times[first] ?? 0) <= time - keepMs) first += 1;
  times.splice(0, first);
}

function isReached({ times }: Tally, { count, window }: Rate, time: number): boolean {
  const oldest = times[times.length - count];
  return oldest !== undefined && oldest > time - window;
}
