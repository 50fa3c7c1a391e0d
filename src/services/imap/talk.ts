import type { Session } from '../../contract/session.ts';
import type { LoginRules } from '../mailbox/login-rules.ts';
import type { AccountLock } from './account-lock.ts';
import type { CommandReader } from './command-reader.ts';
import { parseMailboxName, showMailboxName } from './mailbox-name.ts';
import type { MailStore } from './mail-store.ts';
import type { KnownSizes } from './message-text.ts';
import { mailboxString } from './nstring.ts';
import type { Out } from './out.ts';
import type { View } from './view.ts';

/** What all sessions of a service have in common. */
export interface House {
  readonly rules: LoginRules;
  /** Of a message that comes by APPEND. */
  readonly maxSize: number;
  readonly lock: AccountLock;
  readonly sizes: KnownSizes;
  mailbox(account: string): string;
}

/** A session with a peer, before and after its login. */
export interface Talk {
  readonly session: Session;
  readonly reader: CommandReader;
  readonly out: Out;
  readonly house: House;
  /** The peer has enabled IMAP4rev2. */
  isRev2: boolean;
}

/** After the login. */
export interface Visit extends Talk {
  readonly store: MailStore;
  /** What is selected; null: nothing. */
  view: View | null;
}

/** What stands behind the tag: "OK Done". null: the peer is gone. */
export type Answer = string | null;

export const done = 'OK Done';
export const noMailbox = 'NO [NONEXISTENT] There is no such mailbox';
export const overQuota = 'NO [OVERQUOTA] There is no room for it';
export const somethingGone = 'NO [EXPUNGEISSUED] Some of these messages are gone';

/** null: there can be none of that name. */
export function nameFrom({ isRev2 }: Pick<Talk, 'isRev2'>, text: string): string | null {
  return parseMailboxName(text, isRev2);
}

export function showName({ isRev2 }: Pick<Talk, 'isRev2'>, name: string): string {
  return mailboxString(showMailboxName(name, isRev2));
}
