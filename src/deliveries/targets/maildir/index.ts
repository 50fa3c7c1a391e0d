import { readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import type { DeliveryTarget, Item, TargetModule } from '../../../contract/item.ts';
import { makeFolders } from '../../../system/make-folders.ts';
import { syncFolder } from '../../../system/sync-folder.ts';
import { asTemporary, writeDurably } from '../../durable-file.ts';
import { createFolderSync } from '../../folder-sync.ts';
import { removeAbandoned } from '../../remove-abandoned.ts';
import { createLineCounter } from './line-counter.ts';
import { maildirKind, type MaildirOptions } from './options.ts';

/**
 * A Maildir as its inventor describes it (cr.yp.to/proto/maildir.html): written in tmp, synced, and renamed into new. What is
 * delivered is kept byte for byte. The name tells the size (S=) and the size with CRLF at the end of each line (W=), as
 * Dovecot's do: whoever lists a mailbox need not read it.
 */
const maildir: TargetModule<MaildirOptions> = { ...maildirKind, create: ({ path }) => createMaildir(path) };
export default maildir;

// As the inventor says.
const abandonedMs = 36 * 3_600_000;
const folderMode = 0o700;
const fileMode = 0o600;
// Of things that were put here lately.
const maxKnown = 10_000;

let count = 0;

function createMaildir(path: string): DeliveryTarget {
  const [temporaries, fresh, seen] = ['tmp', 'new', 'cur'].map((name) => join(path, name)) as [string, string, string];
  const openedAt = Date.now();
  const tried = new Set<string>();
  const syncOnce = createFolderSync();
  let isMade = false;
  void removeAbandoned({ folder: temporaries, prefix: '', ageMs: abandonedMs });
  return {
    async deliver(item, signal) {
      try {
        signal.throwIfAborted();
        const start = startOf(item);
        // Whatever came since we are here, nobody else can have delivered.
        const isRepeat = item.received < openedAt || tried.has(item.id);
        remember(item.id);
        if (isRepeat && (await isThere(start))) return;
        await makeMaildir();
        const temporary = join(temporaries, `${start}.${process.pid}.${(count += 1)}`);
        const lines = createLineCounter();
        const size = await writeDurably(item.open(), {
          path: temporary,
          mode: fileMode,
          signal,
          size: item.size,
          look: lines.look,
        });
        const name = `${start},S=${size},W=${size + lines.bareLineFeeds}`;
        await rename(temporary, join(fresh, name)).catch(async (error: unknown) => {
          await rm(temporary, { force: true });
          throw error;
        });
        await syncOnce(fresh);
      } catch (error) {
        isMade = false;
        throw asTemporary(error);
      }
    },
  };

  async function makeMaildir(): Promise<void> {
    if (isMade) return;
    for (const folder of [temporaries, fresh, seen]) await makeFolders(folder, folderMode);
    await syncFolder(path);
    isMade = true;
  }

  function remember(id: string): void {
    tried.add(id);
    const [oldest] = tried;
    if (tried.size > maxKnown && oldest !== undefined) tried.delete(oldest);
  }

  /** Mail programs move it to cur, and add flags to its name. */
  async function isThere(start: string): Promise<boolean> {
    for (const folder of [fresh, seen]) {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      if (names.some((name) => name.startsWith(start) && /^(?:[,:]|$)/.test(name.slice(start.length)))) return true;
    }
    return false;
  }
}

/** Seconds, what nobody else has, and the machine: the same at every attempt. */
function startOf({ received, id }: Item): string {
  return `${Math.floor(received / 1000)}.${id}.${machine}`;
}

// What may not stand in a name is written as its octal number.
const machine = hostname().replaceAll('/', '\\057').replaceAll(':', '\\072').replaceAll(',', '\\054') || 'localhost';
