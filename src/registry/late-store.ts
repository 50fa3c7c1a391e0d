import type { BanTable, FailureTable, JournalTable, Store } from '../contract/store.ts';
import type { QueueTable } from '../contract/queue.ts';
import { openStore } from '../store/store.ts';

// A disk that is full or may not be written gets better without us; looking for it costs little.
const defaultRetryMs = 10_000;

/** A store that is opened when it is first used, and tried again now and then while it cannot be: each call fails until then. */
export function createLateStore(
  file: string,
  open: (file: string) => Store = openStore,
  retryMs: number = defaultRetryMs,
): Store {
  let store: Store | null = null;
  let failure: { readonly error: unknown; readonly at: number } | null = null;
  let isClosed = false;

  /** Never throws by itself: whoever calls a table waits for a promise. */
  const use = async <T>(call: (store: Store) => Promise<T>): Promise<T> => await call(current());
  const current = (): Store => {
    if (store !== null) return store;
    if (isClosed) throw new Error('the store is closed');
    if (failure !== null && performance.now() - failure.at < retryMs) throw failure.error;
    try {
      store = open(file);
      failure = null;
      return store;
    } catch (error) {
      failure = { error, at: performance.now() };
      throw error;
    }
  };

  const bans: BanTable = {
    put: (ban) => use((its) => its.bans.put(ban)),
    remove: (source) => use((its) => its.bans.remove(source)),
    list: (now) => use((its) => its.bans.list(now)),
    purge: (now) => use((its) => its.bans.purge(now)),
    replace: (all) => use((its) => its.bans.replace(all)),
  };
  const failures: FailureTable = {
    list: () => use((its) => its.failures.list()),
    write: (change) => use((its) => its.failures.write(change)),
    replace: (all) => use((its) => its.failures.replace(all)),
  };
  const journal: JournalTable = {
    append: (blocks) => use((its) => its.journal.append(blocks)),
    async *entries(query) {
      yield* current().journal.entries(query);
    },
    prune: (limits) => use((its) => its.journal.prune(limits)),
  };
  const queue: QueueTable = {
    add: (items, isThere) => use((its) => its.queue.add(items, isThere)),
    lease: (lease) => use((its) => its.queue.lease(lease)),
    settle: (owner, outcomes) => use((its) => its.queue.settle(owner, outcomes)),
    finished: (limit, isHeld) => use((its) => its.queue.finished(limit, isHeld)),
    remove: (ids) => use((its) => its.queue.remove(ids)),
    owners: () => use((its) => its.queue.owners()),
    release: (owner) => use((its) => its.queue.release(owner)),
    settleClock: (now, longestMs) => use((its) => its.queue.settleClock(now, longestMs)),
    counts: () => use((its) => its.queue.counts()),
    list: (choice) => use((its) => its.queue.list(choice)),
    find: (id) => use((its) => its.queue.find(id)),
    retry: (choice, now) => use((its) => its.queue.retry(choice, now)),
    drop: (choice) => use((its) => its.queue.drop(choice)),
    replay: (choice, now) => use((its) => its.queue.replay(choice, now)),
    known: (ids) => use((its) => its.queue.known(ids)),
  };
  return {
    bans,
    failures,
    journal,
    queue,
    close() {
      isClosed = true;
      store?.close();
      store = null;
    },
  };
}
