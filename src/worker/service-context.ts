import type { Bus, Json } from '../contract/bus.ts';
import type { DeliveryDesk } from '../contract/delivery.ts';
import type { Logger } from '../contract/logger.ts';
import { mailboxPath, mailFolder } from '../contract/mailbox.ts';
import type { Metrics } from '../contract/metrics.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { RegistryRequest } from '../contract/registry.ts';
import type { ServiceContext } from '../contract/service.ts';
import type { LiveSession } from '../listeners/session.ts';
import { spawnProgram } from '../system/spawn.ts';
import { importModule } from './load-module.ts';
import { createMailboxFinder } from './mailbox-finder.ts';

/** What the services of a worker have in common. */
export interface ServiceContextOptions {
  readonly bus: Bus;
  readonly draining: AbortSignal;
  /** `daemon.state`: the mailboxes are below it. */
  readonly state: string;
  acmeAnswer(token: string): string | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  desk(deliver: readonly string[]): DeliveryDesk;
  /** null when it does not answer. */
  askRegistry(request: RegistryRequest): Promise<Json>;
}

/** What a service is given of the house it lives in. */
export function createServiceContexts(
  options: ServiceContextOptions,
): (plan: Pick<ServicePlan, 'name' | 'deliver'>) => ServiceContext {
  const { logger, desk, askRegistry, state, ...shared } = options;
  const findMailboxes = createMailboxFinder(askRegistry);
  return ({ name, deliver }) => ({
    ...shared,
    name,
    log: logger.child({ service: name }),
    desk: desk(deliver),
    deliver,
    findMailboxes,
    mailbox: (account) => mailboxPath(mailFolder(state), account),
    sendFile: (session, part) => (session as LiveSession).sendFile(part),
    spawn: spawnProgram,
    loadModule: importModule,
  });
}
