import type { EndReason } from './session.ts';

/** A session that has ended, as the journal keeps it. */
export interface JournalEntry {
  readonly id: string;
  readonly service: string;
  /** "host:port" */
  readonly peer: string;
  readonly local: string;
  readonly account: string | null;
  /** "TLSv1.3" */
  readonly tls: string | null;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** Seconds. */
  readonly duration: number;
  /** null where a program held the socket. */
  readonly bytes: { readonly in: number | null; readonly out: number | null };
  readonly reason: EndReason;
}

/** Sessions that ended about the same time, put together by a worker so that storing them costs one row. */
export interface JournalBlock {
  /** The earliest and the latest end in it, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** As `formatBlock` of wire/journal-block.ts makes it. */
  readonly text: string;
}
