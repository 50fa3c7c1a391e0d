import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import type { DeliveryTarget, Item, TargetModule } from '../../../contract/item.ts';
import { makeFolders } from '../../../system/make-folders.ts';
import { asTemporary, writeDurably } from '../../durable-file.ts';
import { removeAbandoned } from '../../remove-abandoned.ts';
import { renderPath } from '../../templates.ts';
import { takeAttachments } from './attachments.ts';
import { enterFolder } from './enter-folder.ts';
import { directoryKind, type DirectoryOptions } from './options.ts';
import { placeFile, type StagedFile } from './place-file.ts';

/** Things become files of a folder. They are written under a name of our own first, beside the folders that they go to. */
const directory: TargetModule<DirectoryOptions> = { ...directoryKind, create: createDirectory };
export default directory;

/** A file that is to be put into its place under this name. */
interface Thing extends StagedFile {
  readonly name: string;
}

// Names of things never begin with a dot.
const ownPrefix = '.portico-';
// No delivery takes as long as that.
const abandonedMs = 2 * 86_400_000;
const fileMode = 0o666;

function createDirectory({ path, name, attachments }: DirectoryOptions): DeliveryTarget {
  void removeAbandoned({ folder: path, prefix: ownPrefix, ageMs: abandonedMs });
  return {
    async deliver(item, signal) {
      const things: Thing[] = [];
      try {
        signal.throwIfAborted();
        await makeFolders(path);
        if (attachments && item.mail !== null) await takeAttachments(item.open(), (part) => stage(part), signal);
        else await stage({ name: item.name, content: item.open() });
        for (const thing of things) {
          signal.throwIfAborted();
          await place(thing, item);
        }
      } catch (error) {
        throw asTemporary(error);
      } finally {
        await Promise.all(things.map(({ temporary }) => rm(temporary, { force: true })));
      }

      async function stage(given: { readonly name: string; readonly content: Readable }): Promise<void> {
        const temporary = join(path, `${ownPrefix}${item.id}-${randomUUID()}`);
        const changed = item.received;
        const hash = createHash('sha256');
        const look = (chunk: Buffer): void => void hash.update(chunk);
        const size = await writeDurably(given.content, { path: temporary, mode: fileMode, signal, changed, look });
        things.push({ name: given.name, temporary, size, sha256: hash.digest('hex'), changed });
      }
    },
  };

  async function place(file: Thing, item: Item): Promise<void> {
    const parts = renderPath(name, { ...item, name: file.name });
    const folder = await enterFolder(path, parts.slice(0, -1));
    await placeFile({ file, folder, name: parts.at(-1) ?? item.id, id: item.id });
  }
}
