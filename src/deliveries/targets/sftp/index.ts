import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import type SftpClient from 'ssh2-sftp-client';

import { reasonOf, TemporaryError } from '../../../contract/errors.ts';
import type { DeliveryTarget, Item, TargetModule } from '../../../contract/item.ts';
import { createLinkPool } from '../../link-pool.ts';
import { numberedNames } from '../../numbered-names.ts';
import { renderPath } from '../../templates.ts';
import { connect, withoutName, type SftpLink } from './connect.ts';
import { sftpKind, type SftpOptions } from './options.ts';
import { upload } from './upload.ts';

/** Things become files on a server: written under a name of our own first, and renamed when they are whole. */
const sftp: TargetModule<SftpOptions> = { ...sftpKind, create: createSftp };
export default sftp;

const idleMs = 10_000;
const maxUses = 1_000;

function createSftp(options: SftpOptions): DeliveryTarget {
  const pool = createLinkPool<SftpLink>({ open: (signal) => connect(options, signal), idleMs, maxUses });
  const reserved = new Set<string>();
  return {
    async deliver(item, signal) {
      try {
        await pool.use((link) => put({ link, item, options, reserved, signal }), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TemporaryError) throw error;
        // What a server refuses today (permissions, quotas), its operator can mend; ours sees the reason meanwhile.
        throw new TemporaryError(withoutName(reasonOf(error)), null, { cause: error });
      }
    },
    async stop() {
      pool.close();
    },
  };
}

interface Putting {
  readonly link: SftpLink;
  readonly item: Item;
  readonly options: SftpOptions;
  /** Where others are about to put theirs: not every server refuses to rename over a file. */
  readonly reserved: Set<string>;
  readonly signal: AbortSignal;
}

async function put({ link, item, options: { path, name }, reserved, signal }: Putting): Promise<void> {
  const { client, raw } = link;
  const parts = renderPath(name, item);
  const folder = posix.join(path, ...parts.slice(0, -1));
  const temporary = posix.join(folder, `.portico-${item.id}`);
  const names = numberedNames(parts.at(-1) ?? item.id, item.id);
  let place: string | null = null;
  let isSent = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      place = await reserve({ client, item, folder, names, reserved });
      if (place === null) return void (isSent && (await client.delete(temporary, true)));
      if (!isSent) {
        await makeRoom(client, folder, temporary);
        // From a connection that was cut, the server may still be writing to a file of that name: ours is another.
        const size = await upload(item.open(), { raw, path: temporary, changed: item.received, signal });
        if (size !== item.size) throw new TemporaryError(`${size} bytes were sent instead of ${item.size}`);
        isSent = true;
      }
      if (await moved(client, temporary, place)) return;
      reserved.delete(place);
    }
  } finally {
    if (place !== null) reserved.delete(place);
  }
}

interface Choice extends Pick<Putting, 'item' | 'reserved'> {
  readonly client: SftpClient;
  readonly folder: string;
  readonly names: Iterator<string>;
}

/** A name that nothing has, now ours; null: the item is there already. */
async function reserve({ client, item, folder, names, reserved }: Choice): Promise<string | null> {
  for (let next = names.next(); !next.done; next = names.next()) {
    const place = posix.join(folder, next.value);
    if (reserved.has(place)) continue;
    reserved.add(place);
    const stat = await statOf(client, place).catch((error: unknown) => {
      reserved.delete(place);
      throw error;
    });
    if (stat === null) return place;
    reserved.delete(place);
    // The protocol has times in seconds, so that only what is in the file tells it from others.
    const isLike =
      stat.isFile && stat.size === item.size && stat.modifyTime === Math.floor(item.received / 1000) * 1000;
    if (isLike && (await hashOf(client, place)) === item.sha256) return null;
  }
  throw new Error('there are too many files of that name');
}

/** False where another came before us: servers of the original kind do not replace it. */
async function moved(client: SftpClient, from: string, to: string): Promise<boolean> {
  try {
    await client.rename(from, to);
    return true;
  } catch (error) {
    if ((await statOf(client, to)) === null) throw error;
    return false;
  }
}

async function statOf(client: SftpClient, path: string) {
  try {
    return await client.lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function hashOf(client: SftpClient, path: string): Promise<string> {
  const hash = createHash('sha256');
  const stream = client.createReadStream(path);
  // It closes its file after its end, and what becomes of that it tells whoever listens then.
  stream.on('error', () => {});
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The folder is there, and nothing of the temporary name in it. */
async function makeRoom(client: SftpClient, folder: string, temporary: string): Promise<void> {
  await makeFolder(client, folder);
  await client.delete(temporary, true);
}

/** One after the other from above: another delivery may make any of them in the same moment, as each does for itself. */
async function makeFolder(client: SftpClient, folder: string): Promise<void> {
  if (folder === '.' || (await statOf(client, folder)) !== null) return;
  const above = posix.dirname(folder);
  if (above !== folder) await makeFolder(client, above);
  await client.mkdir(folder, false).catch(async (error: unknown) => {
    if ((await statOf(client, folder)) === null) throw error;
  });
}
