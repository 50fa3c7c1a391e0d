import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import ssh2 from 'ssh2';

import { reasonOf } from '../../contract/errors.ts';
import { signaturesOf } from './algorithms.ts';

/** What an SSH server is known by. */
export interface HostKey {
  readonly pem: string;
  /** "ssh-ed25519" */
  readonly type: string;
}

/** Reads keys that somebody else has made. Throws an Error that says which file is wrong, and how. */
export async function readHostKeys(paths: readonly string[]): Promise<readonly HostKey[]> {
  return Promise.all(paths.map(readHostKey));
}

const kinds = [
  { name: 'ed25519', type: 'ed25519', bits: undefined },
  { name: 'rsa', type: 'rsa', bits: 3072 },
] as const;

/** The keys in a folder; those that are not there are made. Whoever else makes one at the same time, there is one in the end. */
export async function keepHostKeys(folder: string): Promise<readonly HostKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Promise.all(
    kinds.map(async (kind) => {
      const path = join(folder, `ssh_host_${kind.name}_key`);
      if (!(await exists(path))) await make(path, kind);
      return readHostKey(path);
    }),
  );
}

async function readHostKey(path: string): Promise<HostKey> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`the host key ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  const parsed = ssh2.utils.parseKey(pem);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) {
    throw new Error(`${path} is no private key of SSH, or has a passphrase`);
  }
  if (signaturesOf[key.type] === undefined) throw new Error(`the host key ${path} is of type ${key.type}: too weak`);
  return { pem, type: key.type };
}

async function exists(path: string): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  await handle?.close();
  return handle !== null;
}

async function make(path: string, { type, bits }: (typeof kinds)[number]): Promise<void> {
  const pem = await generate(type, bits);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(pem);
    await handle.sync();
    // Of several workers that start for the first time, the one that comes first has made the key of all.
    await link(draft, path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await unlink(draft);
  }
  await syncFolder(path.slice(0, path.lastIndexOf('/')));
}

function generate(type: 'ed25519' | 'rsa', bits: number | undefined): Promise<string> {
  const options = { comment: `portico@${hostname()}`, ...(bits === undefined ? {} : { bits }) };
  return new Promise((resolve, reject) => {
    ssh2.utils.generateKeyPair(type, options, (error, pair) => {
      if (error === null || error === undefined) resolve(pair.private);
      else reject(error);
    });
  });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync().finally(() => handle.close());
}
