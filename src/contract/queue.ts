import type { MailFacts } from './item.ts';

/** The delivery into the mailboxes of accounts, which is always there; a configured one cannot have such a name. */
export const mailboxDelivery = '@mailbox';

/** A thing in the spool, as the queue knows it. */
export interface QueuedItem {
  readonly id: string;
  /** Folder of the spool: the number of the user whose worker has written it. */
  readonly folder: string;
  /** The file that it lies in, alone or with others that came in the same moment, and where in it: bytes. */
  readonly file: string;
  readonly offset: number;
  readonly service: string;
  readonly session: string;
  readonly account: string | null;
  readonly name: string;
  readonly mediaType: string | null;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly received: number;
  readonly mail: MailFacts | null;
}

/** One thing to do with an item. */
export interface TaskKey {
  readonly id: string;
  readonly delivery: string;
  /** Of the mailbox delivery: whose; else "". */
  readonly mailbox: string;
}

export interface NewItem {
  readonly item: QueuedItem;
  readonly deliveries: readonly string[];
  /** Names of accounts. */
  readonly mailboxes: readonly string[];
}

/** A task that was leased: nobody else has it until the lease ends. */
export interface Task extends TaskKey {
  readonly item: QueuedItem;
  /** How often it was tried before. */
  readonly attempts: number;
  /** From when on its age counts: it came, or somebody ordered to try again. Milliseconds since 1970. */
  readonly since: number;
}

export interface Lease {
  readonly delivery: string;
  /** Tasks. */
  readonly limit: number;
  readonly now: number;
  /** When somebody else may take them. */
  readonly until: number;
  /** Who has them: the mark of a process. */
  readonly owner: string;
  /** What was tried before comes before what was not; else the other way round. */
  readonly retriesFirst: boolean;
}

/** What has become of a leased task. */
export type Outcome = TaskKey &
  (
    | { readonly result: 'done' }
    /** The delivery did not want it. */
    | { readonly result: 'skipped' }
    | { readonly result: 'retry'; readonly at: number; readonly reason: string }
    | { readonly result: 'failed'; readonly reason: string }
    /** It was not tried, or not to the end: as if it had not been leased. */
    | { readonly result: 'back' }
  );

/** An item of which nothing is left to do. */
export interface FinishedItem {
  readonly id: string;
  readonly folder: string;
  readonly file: string;
  /** Nothing else in that file is waited for: it can go. */
  readonly isLast: boolean;
}

export interface DeliveryCounts {
  readonly delivery: string;
  readonly queued: number;
  readonly failed: number;
  /** Since there is a database. */
  readonly delivered: number;
}

/** A task as `deliveries list` shows it. */
export interface TaskReport {
  readonly id: string;
  readonly delivery: string;
  /** Whose mailbox; null: it goes to none. */
  readonly mailbox: string | null;
  readonly state: 'queued' | 'delivering' | 'failed' | 'done';
  readonly attempts: number;
  /** ISO time of the next attempt; null: now, or never. */
  readonly next: string | null;
  /** Why it did not work the last time. */
  readonly reason: string | null;
  readonly name: string;
  readonly size: number;
  readonly service: string;
  /** ISO time. */
  readonly received: string;
}

export interface ItemReport {
  readonly item: QueuedItem;
  readonly tasks: readonly TaskReport[];
}

/** Which tasks are meant: all that fit. */
export interface TaskChoice {
  /** Ids of items; empty: of any. */
  readonly ids: readonly string[];
  /** null: of any delivery. */
  readonly delivery: string | null;
  /** Only those in this state. */
  readonly state?: TaskReport['state'] | null;
}

/**
 * What is in the spool and where it has to go. Written by the registry, which takes in, and by the courier, which delivers.
 * An item stays until every task of it is done and its file is gone.
 */
export interface QueueTable {
  /**
   * On the disk when it resolves; how many are new. Items that are known already are left as they are. Passed over are those whose file
   * is not there, or about to go: that is asked while nobody can give a file up.
   */
  add(items: readonly NewItem[], isThere?: (item: QueuedItem) => boolean): Promise<number>;
  /** Those that are due, in the order in which their items came: first tries among themselves, and retries by their time. */
  lease(lease: Lease): Promise<readonly Task[]>;
  /** Outcomes of tasks that were leased by this owner and still are; others are passed over. */
  settle(owner: string, outcomes: readonly Outcome[]): Promise<void>;
  /**
   * Items of which nothing is left to do; that this is so is on the disk when it resolves: then the files may go. Not those whose file
   * is held, because something may still be added to it: that is asked while nobody can add anything to the queue.
   */
  finished(
    limit: number,
    isHeld?: (item: Pick<FinishedItem, 'folder' | 'file'>) => boolean,
  ): Promise<readonly FinishedItem[]>;
  /** Forgets them, once their files have gone. */
  remove(ids: readonly string[]): Promise<void>;
  /** Owners of leases. */
  owners(): Promise<readonly string[]>;
  /** Gives back what an owner has leased. */
  release(owner: string): Promise<void>;
  /** Brings tasks that wait for longer than `longestMs` nearer: the clock was set back. */
  settleClock(now: number, longestMs: number): Promise<void>;
  counts(): Promise<readonly DeliveryCounts[]>;
  /** In the order in which their items came. */
  list(choice: TaskChoice & { readonly limit: number }): Promise<readonly TaskReport[]>;
  find(id: string): Promise<ItemReport | null>;
  /** Failed and waiting tasks are due now; how many. */
  retry(choice: TaskChoice, now: number): Promise<number>;
  /** Nothing more is done for these, as if it were done; not for those under way. How many. */
  drop(choice: TaskChoice): Promise<number>;
  /** Once more from the beginning, whatever has become of it; `to`: by another delivery, which gets tasks of its own. How many. */
  replay(choice: TaskChoice & { readonly to: string | null }, now: number): Promise<number>;
  /** In which of these files there is something. */
  known(files: readonly string[]): Promise<ReadonlySet<string>>;
}
