import type { Permission } from '../../contract/account.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import type { DataChannel } from './data/index.ts';
import type { Files } from './files/files.ts';
import { resolvePath } from './files/resolve-path.ts';
import type { Command, TransferType, CommandOf, Verb } from './grammar/command.ts';
import { allFacts, type Fact } from './listing/facts.ts';
import type { FtpOptions } from './options.ts';
import type { Quirks } from './quirks.ts';
import { write } from '../../wire/room.ts';

/** What all sessions of a service have in common. */
export interface House {
  readonly options: FtpOptions;
  readonly quirks: Quirks;
  readonly context: Pick<ServiceContext, 'log' | 'stopping'>;
  /** The files of who has logged in; `isAnonymous`: of everybody. */
  openFiles(session: Session, isAnonymous: boolean): Promise<OpenedFiles>;
}

export interface OpenedFiles {
  readonly files: Files;
  readonly permissions: readonly Permission[];
}

/** Who has logged in. */
export interface Guest extends OpenedFiles {
  readonly isAnonymous: boolean;
}

/** One that runs beside the control connection. */
export interface Transfer {
  /** "RETR a.txt" */
  readonly title: string;
  /** Over the data connection so far. */
  readonly bytes: number;
  /** By ABOR, or because the peer has gone. */
  abort(reason: 'asked' | 'left'): void;
  /** Resolves when all is answered; never rejects. */
  readonly done: Promise<'done'>;
}

/** A control connection and all that is remembered for it. */
export interface Dialogue {
  readonly session: Session;
  readonly house: House;
  readonly channel: DataChannel;
  guest: Guest | null;
  /** USER's, until PASS. */
  user: string | null;
  failedLogins: number;
  cwd: string;
  type: TransferType;
  /** REST's, for the next transfer. */
  offset: number;
  /** ALLO's, for the next upload; null: it did not say. */
  announced: number | null;
  renameFrom: string | null;
  /** PBSZ was said (RFC 4217 8). */
  isBufferSet: boolean;
  facts: ReadonlySet<Fact>;
  transfer: Transfer | null;
  /** The peer has ended the control connection without QUIT. */
  hasLeft: boolean;
  say(text: string): Promise<void>;
}

/** What is forgotten with a login. */
const atFirst = {
  guest: null,
  user: null,
  cwd: '/',
  // RFC 959 5.1 has lines of text. A device that says no TYPE sends pictures: what nobody has asked for shall not change them.
  type: 'I',
  offset: 0,
  announced: null,
  renameFrom: null,
  facts: allFacts,
} as const satisfies Partial<Dialogue>;

export function createDialogue(session: Session, house: House, channel: DataChannel): Dialogue {
  return {
    ...atFirst,
    session,
    house,
    channel,
    failedLogins: 0,
    isBufferSet: false,
    transfer: null,
    hasLeft: false,
    say: (text) => write(session.stream, text),
  };
}

/** As it was before USER (RFC 959 4.1.1, REIN); TLS stays as it is, also on data connections. */
export function forgetLogin(dialogue: Dialogue): void {
  const { channel } = dialogue;
  const { isProtected } = channel;
  channel.reset();
  channel.protect(isProtected);
  Object.assign(dialogue, atFirst);
}

/** What a command comes to: an answer, nothing (it is answered already), the last word, or TLS after this answer. */
export type Outcome = string | null | { readonly farewell: string } | { readonly startTls: string };

export type Handler<V extends Verb = Verb> = (command: CommandOf<V>, dialogue: Dialogue) => Promise<Outcome> | Outcome;

/** Handlers of some verbs. */
export type Handlers<V extends Verb> = { readonly [K in V]: Handler<K> };

/** Who has logged in: commands that need somebody are not reached without. */
export function guestOf({ guest }: Dialogue): Guest {
  if (guest === null) throw new Error('a command for guests was reached by nobody');
  return guest;
}

/** A path of the peer's, absolute. */
export function pathOf({ cwd, house }: Dialogue, path: string): string {
  return resolvePath(cwd, path, house.quirks);
}

export type { Command };
