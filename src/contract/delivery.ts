import type { Account } from './account.ts';
import type { Endpoint } from './endpoint.ts';
import type { MailFacts } from './item.ts';

/** What is known of a thing before its first byte comes. */
export interface Envelope {
  /** The service that takes it in, by its name in the configuration. */
  readonly service: string;
  /** Id of the session it comes by. */
  readonly session: string;
  readonly peer: Endpoint;
  /** Who has logged in; null: nobody had to. */
  readonly account: Account | null;
  /** What the peer calls it: one part of a path, and checked. null: it gave no name. */
  readonly name: string | null;
  /** "application/pdf", as the peer says; null: it does not. */
  readonly mediaType: string | null;
  /** Bytes, as announced; null: nobody knows yet. */
  readonly size: number | null;
  /** False: a thing of that name is not replaced; the draft fails with a TakenError, at its beginning or at its commit. */
  readonly replaces: boolean;
  /** Of a mail; the desk takes its subject and its envelope for the facts of the item. */
  readonly mail?: MailFacts | null;
  /** Deliveries that it goes to, by name. Default: those of the service. */
  readonly deliver?: readonly string[];
  /** Accounts in whose mailboxes a copy is put, by name. */
  readonly mailboxes?: readonly string[];
}

/** What has come to stay. */
export interface Receipt {
  readonly id: string;
  /** Where it stands, with "/" between the folders that the receiver chose. */
  readonly name: string;
  readonly size: number;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** It stands where another thing of that name has stood. */
  readonly isReplacement: boolean;
}

export interface LateFacts {
  readonly mail?: MailFacts | null;
}

/** A thing on its way in. Two phases: leaving scope without `commit()` leaves nothing behind. */
export interface Draft extends AsyncDisposable {
  /** Resolves when more may come. The chunk is the draft's from now on. */
  write(chunk: Uint8Array): Promise<void>;
  /** No more will come: all is on disk and synced, though not yet seen. For who has several drafts open at once. */
  seal(): Promise<void>;
  /**
   * On disk, synced and in its place: only now may a protocol say 201, 226 or 250. `late`: what was not known of it at the
   * beginning, because it stood in it.
   */
  commit(late?: LateFacts): Promise<Receipt>;
}

/**
 * Takes things in: into a folder, or into the spool that deliveries are made from. `begin` and `write` throw a NoSpaceError
 * where there is no room; `commit` of a spool throws a TemporaryError when the queue cannot be asked now, and then the peer
 * is to try again.
 */
export interface DeliveryDesk {
  begin(envelope: Envelope): Promise<Draft>;
}

/** There is a thing of that name, and this one may not take its place. */
export class TakenError extends Error {
  override readonly name = 'TakenError';
}

/** The name would not do where the thing should stand. */
export class UnfitNameError extends Error {
  override readonly name = 'UnfitNameError';
}

/** There is no room for it, or there soon would be none for anything: 452 in SMTP and FTP, 507 in HTTP. */
export class NoSpaceError extends Error {
  override readonly name = 'NoSpaceError';
}
