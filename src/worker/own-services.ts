import type { Json } from '../contract/bus.ts';
import type { ToMaster } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import type { QueuedMessage, RegistryRequest, ToRegistry } from '../contract/registry.ts';
import type { ServiceModule } from '../contract/service.ts';
import type { Counters } from '../logging/counters.ts';
import type { Logging } from '../logging/logging.ts';
import type { OwnModules } from './own-modules.ts';
import type { AskMaster } from './ask-master.ts';

/** The house's own services in this worker, and the registry's answers where it is the registry. */
export interface OwnServices {
  readonly types: ReadonlyMap<string, ServiceModule>;
  /** What goes wrong is told as a text: who asks knows what else an answer may be. */
  answerAsRegistry(request: RegistryRequest): Promise<Json>;
  toldAsRegistry(message: ToRegistry): void;
  /** To the courier: there is something new to deliver. */
  wakeCourier(message: QueuedMessage): void;
}

export interface OwnServicesOptions {
  readonly modules: OwnModules;
  readonly logging: Pick<Logging, 'emit'>;
  readonly counters: Counters;
  send(message: ToMaster): void;
  readonly ask: AskMaster & ((what: 'challenge', argument: Json) => Promise<Json>);
  acmeAnswer(token: string): string | null;
}

export function createOwnServices(options: OwnServicesOptions): OwnServices {
  const { modules, logging, counters, send, ask, acmeAnswer } = options;
  const registry = modules.registry?.({
    emit: logging.emit,
    tellBans: (bans) => send({ type: 'bans', bans }),
    showChallenge: async (change) => void (await ask('challenge', change as unknown as Json)),
    wakeCourier: (tryNow) => send({ type: 'queued', ...(tryNow === undefined ? {} : { tryNow }) }),
  });
  const types = new Map<string, ServiceModule>();
  if (modules.admin !== null) types.set('admin', modules.admin(ask));
  if (modules.acme !== null) types.set('acme', modules.acme(acmeAnswer));
  if (registry !== undefined) types.set('registry', registry.module);
  const courier = modules.courier?.({ emit: logging.emit, counters });
  if (courier !== undefined) types.set('courier', courier.module);
  return {
    types,
    async answerAsRegistry(request) {
      try {
        return (await registry?.answer(request)) ?? null;
      } catch (error) {
        return reasonOf(error);
      }
    },
    toldAsRegistry: (message) => registry?.told(message),
    wakeCourier: ({ tryNow }) => (tryNow === undefined ? courier?.wake() : courier?.tryNow(tryNow)),
  };
}
