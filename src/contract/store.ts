import type { Ban } from './ban.ts';
import type { JournalBlock, JournalEntry } from './journal.ts';
import type { QueueTable } from './queue.ts';

/**
 * What outlives the daemon. Every call may fail with an error whose message names the database, what is wrong with it and
 * what to do; the daemon then goes on with what it has in memory. Writes are done in the order in which they are asked
 * for, and each whole or not at all.
 */
export interface Store {
  readonly bans: BanTable;
  readonly failures: FailureTable;
  readonly journal: JournalTable;
  readonly queue: QueueTable;
  /** Ends the store. What is called afterwards fails. */
  close(): void;
}

export interface BanTable {
  /** Takes the place of an earlier ban of the same source. At the limit, the ban that ends first goes. */
  put(ban: Ban): Promise<void>;
  /** Whether there was one. */
  remove(source: string): Promise<boolean>;
  /** Those that have not ended, by source; moves those that were made before the clock went back, see `settleBan`. */
  list(now: number): Promise<readonly Ban[]>;
  /** Removes those that have ended; how many. */
  purge(now: number): Promise<number>;
  /** These, instead of all that it has. */
  replace(bans: readonly Ban[]): Promise<void>;
}

/** When logins from one source have failed. */
export interface FailedLogins {
  readonly source: string;
  /** Milliseconds since 1970, the oldest first. */
  readonly times: readonly number[];
  /** How long each of them counts, milliseconds. */
  readonly keepMs: number;
  /** How many of them count at most. */
  readonly keepCount: number;
}

export interface FailureTable {
  list(): Promise<readonly FailedLogins[]>;
  write(change: { readonly changed: readonly FailedLogins[]; readonly gone: readonly string[] }): Promise<void>;
  /** These, instead of all that it has. */
  replace(all: readonly FailedLogins[]): Promise<void>;
}

export interface JournalQuery {
  /** Sessions that ended in [since, until), milliseconds since 1970. */
  readonly since: number;
  readonly until?: number | undefined;
  readonly service?: string | undefined;
  readonly account?: string | undefined;
  /** "host:port", an address, or a source such as "2001:db8:0:1::/64". */
  readonly peer?: string | undefined;
  readonly limit: number;
  /** By the end of the session; 'newest' first is the default. */
  readonly order?: 'newest' | 'oldest' | undefined;
}

export interface JournalTable {
  /** Blocks that no `createJournalWriter` would have made are left out; how many were. */
  append(blocks: readonly JournalBlock[]): Promise<number>;
  /** Lets others run now and then; what is appended or pruned meanwhile may be seen or not. */
  entries(query: JournalQuery): AsyncIterable<JournalEntry>;
  /**
   * Removes sessions that ended before `before`, a whole block at a time, and the oldest ones as long as the database holds
   * more than `maxBytes`. Returns how many sessions. Works in small steps and lets others run in between.
   */
  prune(limits: { readonly before: number; readonly maxBytes: number }): Promise<number>;
}
