import type { Json } from '../contract/bus.ts';
import type { QueuedItem } from '../contract/queue.ts';
import type { RegistryOptions, RegistryRequest, ToRegistry } from '../contract/registry.ts';
import type { ServiceModule } from '../contract/service.ts';
import * as z from 'zod';

import { createAccess } from '../listeners/access.ts';
import { createConfirmedNames } from '../listeners/confirmed-names.ts';
import { createRegistry, type Registry, type RegistryHouse } from '../registry/registry.ts';
import { isSpooled } from './spool.ts';

/** The registry as a service without listeners, in a process of its own. */
export interface RegistryModule {
  readonly module: ServiceModule;
  /** Answers once the registry is up. */
  answer(request: RegistryRequest): Promise<Json>;
  told(message: ToRegistry): void;
}

export function createRegistryModule(
  house: Omit<RegistryHouse, 'log' | 'isNeverBanned' | 'isSpooled'>,
): RegistryModule {
  const started = Promise.withResolvers<Registry>();
  // A registry that does not start has said so as a service; nobody else has to.
  started.promise.catch(() => {});
  return {
    module: {
      name: 'registry',
      summary: 'accounts, bans and the store',
      transports: [],
      options: z.custom<RegistryOptions>(),
      example: '',
      async create(given, context) {
        const options = given as RegistryOptions;
        const isNeverBanned = neverBannedBy(options.neverBan);
        const own = {
          log: context.log,
          isNeverBanned,
          isSpooled: (item: QueuedItem) => isSpooled(options.state, item),
        };
        started.resolve(createRegistry(options, { ...house, ...own }));
        const registry = await started.promise;
        return { stop: () => registry.close() };
      },
    },
    answer: async (request) => (await started.promise).answer(request),
    told: (message) =>
      void started.promise.then(
        (registry) => registry.told(message),
        () => {},
      ),
  };
}

function neverBannedBy(patterns: readonly string[]): (address: string) => Promise<boolean> {
  if (patterns.length === 0) return () => Promise.resolve(false);
  const access = createAccess({ allow: patterns, deny: [], neverBan: [], hours: [] }, createConfirmedNames());
  return async (address) => await access.allows(address);
}
