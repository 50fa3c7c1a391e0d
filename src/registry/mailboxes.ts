import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isAccountName, type Account, type Mailbox } from '../contract/account.ts';
import { mailboxPath, mailFolder } from '../contract/mailbox.ts';

/** Whose mail comes to which address, and how much more fits there. */
export interface Mailboxes {
  find(addresses: readonly string[]): Promise<readonly (Mailbox | null)[]>;
}

export interface MailboxesOptions {
  /** `daemon.state`: the mailboxes are below it. */
  readonly state: string;
  findByMail(address: string): Promise<Account | null>;
  readonly now?: () => number;
}

// A mailbox is not measured for every mail that comes in a moment.
const measuredForMs = 5_000;
const maxMeasured = 10_000;

export function createMailboxes({ state, findByMail, now = Date.now }: MailboxesOptions): Mailboxes {
  const measured = new Map<string, { readonly at: number; readonly bytes: Promise<number | null> }>();
  return {
    find: (addresses) => Promise.all(addresses.map(find)),
  };

  async function find(address: string): Promise<Mailbox | null> {
    const account = await findByMail(address);
    if (account === null || !isAccountName(account.name)) return null;
    const { name, quota } = account;
    const bytes = quota === null ? null : await measure(name);
    return { account: name, room: quota === null || bytes === null ? null : quota - bytes };
  }

  function measure(name: string): Promise<number | null> {
    const known = measured.get(name);
    if (known !== undefined && now() - known.at < measuredForMs) return known.bytes;
    if (measured.size >= maxMeasured) measured.clear();
    const bytes = mailboxBytes(mailboxPath(mailFolder(state), name));
    measured.set(name, { at: now(), bytes });
    return bytes;
  }
}

/** What all mail in a Maildir and its folders takes; null when it may not be looked at. */
async function mailboxBytes(path: string): Promise<number | null> {
  try {
    const inside = await readdir(path, { withFileTypes: true });
    const folders = inside.filter((entry) => entry.isDirectory() && entry.name.startsWith('.')).map(({ name }) => name);
    let sum = 0;
    for (const folder of ['', ...folders]) {
      for (const part of ['new', 'cur']) sum += await folderBytes(join(path, folder, part));
    }
    return sum;
  } catch (error) {
    // Nothing has come yet.
    return isAbsent(error) ? 0 : null;
  }
}

async function folderBytes(path: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(path).catch(orNothing)) {
    // Maildir++: the size stands in the name.
    const [, size] = /,S=(\d{1,15})(?=[,:]|$)/.exec(name) ?? [];
    sum +=
      size === undefined
        ? await stat(join(path, name)).then(
            (found) => found.size,
            () => 0,
          )
        : Number(size);
  }
  return sum;
}

function orNothing(error: unknown): string[] {
  if (isAbsent(error)) return [];
  throw error;
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
