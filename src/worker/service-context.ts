import type { Bus, Json } from '../contract/bus.ts';
import type { DeliveryDesk } from '../contract/delivery.ts';
import type { Logger } from '../contract/logger.ts';
import { mailboxPath, mailFolder } from '../contract/mailbox.ts';
import type { Metrics } from '../contract/metrics.ts';
import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import type { RegistryRequest } from '../contract/registry.ts';
import type { ServiceContext } from '../contract/service.ts';
import { serviceFolder } from '../contract/service-folder.ts';
import { openTree } from '../files/open-tree.ts';
import { createRoots } from '../files/roots.ts';
import type { LiveSession } from '../listeners/session.ts';
import type { SessionEvents } from '../logging/session-events.ts';
import { createDisk } from '../system/disk.ts';
import { createFloorWatch, type FloorWatch } from '../system/floor-watch.ts';
import { ownName } from '../system/own-name.ts';
import { spawnProgram } from '../system/spawn.ts';
import { importModule } from './load-module.ts';
import { createMailboxFinder, findNoMailboxes } from './mailbox-finder.ts';

/** What the services of a worker have in common. */
export interface ServiceContextOptions {
  readonly bus: Bus;
  readonly draining: AbortSignal;
  readonly stopping: AbortSignal;
  /** The mailboxes are below its state; so many bytes of a disk stay free. */
  readonly daemon: Pick<DaemonPlan, 'state' | 'spoolFree'>;
  /** False: no address is an account's, and the registry need not be asked. */
  readonly hasAccounts: boolean;
  acmeAnswer(token: string): string | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  desks(floorWatch: FloorWatch): (deliver: readonly string[]) => DeliveryDesk;
  /** null when it does not answer. */
  askRegistry(request: RegistryRequest): Promise<Json>;
}

/** What a service is given of the house it lives in. */
export function createServiceContexts(
  options: ServiceContextOptions,
): (
  plan: Pick<ServicePlan, 'name' | 'deliver'>,
  events: Pick<SessionEvents, 'received' | 'datagram'>,
) => ServiceContext {
  const { logger, desks, askRegistry, daemon, hasAccounts, ...shared } = options;
  const { state, spoolFree } = daemon;
  const findMailboxes = hasAccounts ? createMailboxFinder(askRegistry) : findNoMailboxes;
  const folder = serviceFolder(state, process.getuid?.() ?? 0);
  const floorWatch = createFloorWatch({ floor: spoolFree, log: logger });
  const disk = createDisk({ floor: spoolFree, refused: floorWatch.refused });
  const user = ownName();
  const deskFor = desks(floorWatch);
  const roots = createRoots({
    floor: spoolFree,
    refused: floorWatch.refused,
    swept: (count) => logger.notice('removed what interrupted uploads had left', { count }),
  });
  return ({ name, deliver }, events) => {
    const desk = deskFor(deliver);
    return {
      ...shared,
      name,
      log: logger.child({ service: name }),
      desk,
      deliver,
      findMailboxes,
      folder,
      disk,
      user,
      mailbox: (account) => mailboxPath(mailFolder(state), account),
      received: (item) => events.received(null, item),
      countDatagram: events.datagram,
      sendFile: (session, part) => (session as LiveSession).sendFile(part),
      openDataPort: (session, ports) => (session as LiveSession).data.openPort(ports),
      connectData: (session, port, timeoutMs) => (session as LiveSession).data.connect(port, timeoutMs),
      openTree: (session, tree) => openTree({ session, desk, deliver, service: name, roots }, tree),
      spawn: spawnProgram,
      loadModule: importModule,
    };
  };
}
