import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

import { TakenError, UnfitNameError, type DeliveryDesk, type Envelope } from '../../../contract/delivery.ts';
import type { Disk } from '../../../contract/disk.ts';
import type { Logger } from '../../../contract/logger.ts';
import { extensionOf, maxFileNameBytes } from '../../../wire/file-name.ts';
import { newItemId } from '../../../wire/item-id.ts';
import { dateWords, expandTemplate } from '../../../wire/name-template.ts';
import { createDirectoryDraft } from './directory-draft.ts';
import { keepSpace } from './kept-space.ts';
import { sweepLeftovers, temporaryName } from './leftovers.ts';

// No peer can give a name that begins with a dot.
const stagingFolder = '.portico-incoming';

export interface DirectoryDeskOptions {
  readonly directory: string;
  /** A template: "{date}/{name}". */
  readonly name: string;
  readonly log: Logger;
  readonly disk: Disk;
}

/**
 * Takes things into a folder. They are written in a hidden one beside their place, on the same file system, and appear whole
 * and synced or not at all.
 */
export async function createDirectoryDesk({ directory, name, log, disk }: DirectoryDeskOptions): Promise<DeliveryDesk> {
  const staging = join(directory, stagingFolder);
  await disk.makeFolders(directory);
  await disk.makeFolders(staging, 0o700);
  const swept = await sweepLeftovers(staging, disk);
  if (swept > 0) log.notice('removed what interrupted uploads had left', { directory, count: swept });
  const space = disk.space(directory);
  return {
    async begin(envelope) {
      const id = newItemId();
      const parts = expandTemplate(name, wordsOf(envelope, id));
      if (parts.some((part) => Buffer.byteLength(part) > maxFileNameBytes))
        throw new UnfitNameError(`expected a name of at most ${maxFileNameBytes} bytes`);
      if (!envelope.replaces && (await exists(join(directory, ...parts)))) throw new TakenError(parts.join('/'));
      const temporary = join(staging, temporaryName(disk.ownMark, id));
      const kept = await keepSpace(space, envelope.size ?? 0);
      const file = await open(temporary, 'wx', 0o666).catch((error: unknown) => {
        kept.giveBack();
        throw error;
      });
      return createDirectoryDraft({ directory, id, parts, file, temporary, replaces: envelope.replaces, kept, disk });
    },
  };
}

function wordsOf({ service, account, name }: Envelope, id: string) {
  const given = name ?? id;
  return {
    service,
    account: account?.name ?? 'anonymous',
    name: given,
    id,
    extension: extensionOf(given),
    ...dateWords(new Date()),
  };
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
