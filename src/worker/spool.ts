import fs from 'node:fs';
import { join } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { StartMessage } from '../contract/channel.ts';
import type { DeliveryDesk } from '../contract/delivery.ts';
import { reasonOf, TemporaryError } from '../contract/errors.ts';
import type { Logger } from '../contract/logger.ts';
import type { QueuedItem } from '../contract/queue.ts';
import type { RegistryRequest } from '../contract/registry.ts';
import { createSpool, type Spool } from '../deliveries/desk.ts';
import { UncertainError } from '../deliveries/draft.ts';
import { createSpoolFiles } from '../deliveries/spool/files.ts';
import { folderName, spoolFolder, wholeFolder } from '../deliveries/spool/spool-folder.ts';
import { sweepDrafts } from '../deliveries/spool/sweep.ts';
import type { FloorWatch } from '../system/floor-watch.ts';

export interface WorkerSpoolOptions {
  readonly start: Pick<StartMessage, 'daemon' | 'pool'>;
  readonly log: Logger;
  readonly floorWatch: FloorWatch;
  /** null when nobody answers. */
  ask(request: RegistryRequest): Promise<Json>;
}

/** The desks of a worker's services: one spool, opened when something is first received. */
export function createWorkerSpool({
  start,
  log,
  floorWatch,
  ask,
}: WorkerSpoolOptions): (deliver: readonly string[]) => DeliveryDesk {
  const uid = folderName(process.getuid?.() ?? 0);
  const folder = join(spoolFolder(start.daemon.state), uid);
  let spool: Spool | null = null;
  // Processes of the house receive nothing.
  if (!start.pool.startsWith('@')) void sweep();
  return (deliver) => ({ begin: async (envelope) => (spool ??= open()).desk(deliver).begin(envelope) });

  async function sweep(): Promise<void> {
    try {
      const count = await sweepDrafts(folder);
      if (count > 0) log.notice('removed what interrupted transfers had left in the spool', { count });
    } catch (error) {
      log.warning(`the spool cannot be swept: ${reasonOf(error)}`);
    }
  }

  function open(): Spool {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    return createSpool({
      // The master has made it for who delivers from it.
      files: createSpoolFiles({ isShared: stat !== undefined && stat.gid !== process.getgid?.() }),
      folder,
      folderName: uid,
      floor: start.daemon.spoolFree,
      refused: floorWatch.refused,
      async enqueue(items) {
        const answer = await ask({ what: 'enqueue', items });
        if (answer === true) return;
        const silent = new TemporaryError('the queue of deliveries does not answer');
        // It may have heard us all the same.
        if (answer === null) throw new UncertainError(silent.message, { cause: silent });
        throw new TemporaryError(`the queue of deliveries cannot take it: ${JSON.stringify(answer)}`);
      },
    });
  }
}

/** Whether a worker has written that file, as the registry sees it: a folder belongs to the user it is called after. */
export function isSpooled(state: string, { folder, file, offset, size }: QueuedItem): boolean {
  const stat = fs.lstatSync(join(wholeFolder(join(spoolFolder(state), folder)), file), { throwIfNoEntry: false });
  return stat !== undefined && stat.isFile() && String(stat.uid) === folder && stat.size >= offset + size;
}
