import { lstat, mkdir, open, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  NoSpaceError,
  TakenError,
  UnfitNameError,
  type DeliveryDesk,
  type Envelope,
} from '../../../contract/delivery.ts';
import type { Logger } from '../../../contract/logger.ts';
import { extensionOf, maxFileNameBytes } from '../../../wire/file-name.ts';
import { newItemId } from '../../../wire/item-id.ts';
import { dateWords, expandTemplate } from '../../../wire/name-template.ts';
import { createDirectoryDraft } from './directory-draft.ts';
import { sweepLeftovers, temporaryName } from './leftovers.ts';

// No peer can give a name that begins with a dot.
const stagingFolder = '.portico-incoming';

export interface DirectoryDeskOptions {
  readonly directory: string;
  /** A template: "{date}/{name}". */
  readonly name: string;
  readonly log: Logger;
}

/**
 * Takes things into a folder. They are written in a hidden one beside their place, on the same file system, and appear whole
 * and synced or not at all.
 */
export async function createDirectoryDesk({ directory, name, log }: DirectoryDeskOptions): Promise<DeliveryDesk> {
  const staging = join(directory, stagingFolder);
  await makeFolder(directory, 0o777);
  await makeFolder(staging, 0o700);
  const swept = await sweepLeftovers(staging);
  if (swept > 0) log.notice('removed what interrupted uploads had left', { directory, count: swept });
  return {
    async begin(envelope) {
      const id = newItemId();
      const parts = expandTemplate(name, wordsOf(envelope, id));
      if (parts.some((part) => Buffer.byteLength(part) > maxFileNameBytes))
        throw new UnfitNameError(`expected a name of at most ${maxFileNameBytes} bytes`);
      if (!envelope.replaces && (await exists(join(directory, ...parts)))) throw new TakenError(parts.join('/'));
      if (envelope.size !== null) await checkSpace(directory, envelope.size);
      const temporary = join(staging, temporaryName(id));
      const file = await open(temporary, 'wx', 0o666);
      return createDirectoryDraft({ directory, id, parts, file, temporary, replaces: envelope.replaces });
    },
  };
}

/**
 * Makes the folder, and those above it. Node's own way (`recursive`) never returns where a parent is there and takes no folder,
 * as in /proc.
 */
async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || path === dirname(path) || (await exists(dirname(path)))) throw error;
    await makeFolder(dirname(path), 0o777);
    await makeFolder(path, mode);
  }
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

/** Refuses what cannot fit before it is sent. Others write as well: a disk may be full later all the same. */
async function checkSpace(directory: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (size > bavail * bsize) throw new NoSpaceError(`${size} bytes do not fit into ${directory}`);
}
