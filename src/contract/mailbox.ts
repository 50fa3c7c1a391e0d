import { join } from 'node:path';

import { isAccountName } from './account.ts';

/** Folder of all mailboxes, in `daemon.state`. */
export function mailFolder(state: string): string {
  return join(state, 'mail');
}

/** The Maildir of an account. Throws for what is no name of one: it may come from a worker that was taken over. */
export function mailboxPath(folder: string, account: string): string {
  if (!isAccountName(account)) throw new Error('that is no name of an account');
  return join(folder, account);
}
