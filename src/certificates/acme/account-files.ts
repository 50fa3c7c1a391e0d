// The account's key and where the account is, on disk. One account per directory of an authority.
import { createHash, createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { reasonOf } from '../../contract/errors.ts';
import { syncFolder } from '../../system/sync-folder.ts';
import { AcmeError } from './acme-error.ts';
import { createAccountKey, jwkOf, thumbprintOf } from './jose.ts';

export interface AccountFiles {
  readonly key: KeyObject;
  /** Of the key, for the operator. */
  readonly keyFile: string;
  /** The key was made just now: nobody knows it yet. */
  readonly isNew: boolean;
  /** What was kept of this key; null when nothing was. */
  readonly known: KnownAccount | null;
  keep(account: KnownAccount): Promise<void>;
}

export interface KnownAccount {
  /** Its URL (RFC 8555 7.3). */
  readonly kid: string;
  readonly email: string | null;
}

/** Opens or makes them. Throws AcmeError naming the file that is in the way; a key is never replaced. */
export async function openAccountFiles(folder: string, directory: string): Promise<AccountFiles> {
  const name = `account-${nameOf(directory)}`;
  const [keyFile, knownFile] = [join(folder, `${name}.key`), join(folder, `${name}.json`)];
  await attempt(folder, 'make', () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const text = await readIfThere(keyFile);
  const key = text === null ? createAccountKey() : parseKey(keyFile, text);
  if (text === null) await replace(folder, `${name}.key`, key.export({ type: 'pkcs8', format: 'pem' }));
  const thumbprint = thumbprintOf(key);
  return {
    key,
    keyFile,
    isNew: text === null,
    known: parseKnown(await readIfThere(knownFile), thumbprint),
    keep: ({ kid, email }) =>
      replace(folder, `${name}.json`, `${JSON.stringify({ directory, kid, email, key: thumbprint }, null, 2)}\n`),
  };
}

/** "acme.example-1a2b3c4d": for people, and safe in a path. */
function nameOf(directory: string): string {
  const host = new URL(directory).host.replace(/[^a-z0-9.-]/gi, '_').slice(0, 100);
  return `${host}-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`;
}

function parseKey(file: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    jwkOf(key);
    return key;
  } catch (error) {
    const advice = 'restore it, or move it away to have a new account made';
    throw new AcmeError(`${file} is not the key of an account (${reasonOf(error)}): ${advice}`, { cause: error });
  }
}

/** What does not fit the key is as good as not there: the authority is asked again which account is the key's. */
function parseKnown(text: string | null, thumbprint: string): KnownAccount | null {
  if (text === null) return null;
  try {
    const { kid, email, key } = JSON.parse(text) as Record<string, unknown>;
    if (typeof kid !== 'string' || key !== thumbprint) return null;
    return { kid, email: typeof email === 'string' ? email : null };
  } catch {
    return null;
  }
}

async function readIfThere(file: string): Promise<string | null> {
  return attempt(file, 'read', async () => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  });
}

/** Whole or not at all, whatever happens meanwhile; for the owner only. */
async function replace(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  const draft = join(folder, `.${name}.${randomBytes(6).toString('hex')}`);
  await attempt(file, 'write', async () => {
    try {
      await writeDurably(draft, text);
      await rename(draft, file);
      await syncFolder(folder);
    } finally {
      await rm(draft, { force: true });
    }
  });
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function attempt<T>(path: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new AcmeError(`cannot ${doing} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
