import type { AccountRecord } from '../contract/account.ts';
import type { Ban } from '../contract/ban.ts';
import type { Json } from '../contract/bus.ts';
import type { ToMaster } from '../contract/channel.ts';
import type { JournalBlock } from '../contract/journal.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { Challenge, ChallengeChange, QueuedMessage, RegistryRequest, ToRegistry } from '../contract/registry.ts';
import { splitAccounts } from './account-parts.ts';
import type { PoolWorker } from './pool.ts';
import { courierName } from './courier-plan.ts';
import { isOwnPool } from './own-service.ts';
import { registryName } from './registry-plan.ts';
import { NotServed, readWorkerRequest } from './registry-request.ts';

/** The master's line to the registry: hands on what workers and the command line ask, and tells workers what it decides. */
export interface RegistryLink {
  joined(worker: PoolWorker): void;
  left(worker: PoolWorker): void;
  /** What a worker, or the registry itself, asks or says. Throws at once for what it may not. */
  answer(worker: PoolWorker, what: 'registry' | 'challenge', argument: Json): Promise<Json>;
  receive(worker: PoolWorker, message: Extract<ToMaster, { type: 'bans' | 'journal' | 'queued' }>): void;
  /** null when it does not answer in time. */
  ask(request: RegistryRequest, timeoutMs?: number): Promise<Json>;
  useAccounts(records: readonly AccountRecord[]): void;
  bans(): readonly Ban[];
  challenges(): readonly Challenge[];
  /** Resolves when the registry has told the bans in force for the first time. */
  readonly hasBans: Promise<void>;
}

// A login may wait for as many as there are before it.
const answerMs = 60_000;
const joinMs = 10_000;
const showMs = 2_000;
// What a message can hold, whatever services are called.
const maxBans = 50_000;

/** `servicesOf`: those of a pool, of the plan in force and of the ones before that some still serve. */
export function createRegistryLink(
  workers: () => readonly PoolWorker[],
  servicesOf: (pool: string) => readonly ServicePlan[],
): RegistryLink {
  /** The newest is the last. */
  const registries: PoolWorker[] = [];
  const hasBans = Promise.withResolvers<void>();
  const joining = new Set<() => void>();
  /** Empty: none were read yet. */
  let accounts: readonly ToRegistry[] = [];
  let bans: readonly Ban[] = [];
  let challenges: readonly Challenge[] = [];

  /** What is said to one that is still starting waits there. While one is replaced, the next is waited for. */
  const registry = async (): Promise<PoolWorker | null> => {
    const newest = registries.at(-1);
    if (newest !== undefined) return newest;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, joinMs);
    joining.add(resolve);
    await promise;
    clearTimeout(timer);
    joining.delete(resolve);
    return registries.at(-1) ?? null;
  };
  const ask = async (request: RegistryRequest, timeoutMs = answerMs): Promise<Json> => {
    const asked = await registry();
    const answer = await asked?.ask('registry', request as unknown as Json, timeoutMs);
    if (asked === null || registries.includes(asked)) return answer ?? null;
    // It has ended, perhaps before it could answer. Nobody has to notice: the next one knows as much.
    return answer ?? (await (await registry())?.ask('registry', request as unknown as Json, timeoutMs)) ?? null;
  };
  const serving = (): readonly PoolWorker[] => workers().filter((worker) => worker.pool !== registryName);

  const show = async (change: ChallengeChange): Promise<null> => {
    const others = challenges.filter((each) => JSON.stringify(each) !== JSON.stringify(change.challenge));
    challenges = change.on ? [...others, change.challenge] : others;
    // Who does not answer is busy or leaving; the authority comes more than once.
    await Promise.all(serving().map((worker) => worker.ask('challenge', challenges as unknown as Json, showMs)));
    return null;
  };

  return {
    joined(worker) {
      if (worker.pool !== registryName) return;
      registries.push(worker);
      for (const part of accounts) worker.process.send(part);
      for (const resolve of joining) resolve();
    },
    left(worker) {
      const index = registries.indexOf(worker);
      if (index >= 0) registries.splice(index, 1);
      // Nobody is left to take down what it has put up.
      if (registries.length === 0) challenges = [];
    },
    answer(worker, what, argument) {
      if (what === 'challenge') {
        if (worker.pool !== registryName) throw new Error('only the registry shows challenges');
        return show(argument as unknown as ChallengeChange);
      }
      try {
        return ask(readWorkerRequest(argument, servicesOf(worker.pool)));
      } catch (error) {
        if (error instanceof NotServed) return Promise.resolve(null);
        throw error;
      }
    },
    receive(worker, message) {
      if (message.type === 'journal') return passOn(message.block);
      if (worker.pool !== registryName) throw new Error(`only the registry tells ${message.type}`);
      if (message.type === 'queued') return wakeCouriers(message);
      // An older one that is leaving knows less.
      if (worker !== registries.at(-1)) return;
      bans = message.bans.slice(0, maxBans);
      hasBans.resolve();
      // Not those of the house: a banned operator still sees how things are.
      for (const each of workers()) if (!isOwnPool(each.pool)) each.process.send({ type: 'bans', bans });
    },
    ask,
    useAccounts(next) {
      accounts = splitAccounts(next);
      for (const worker of registries) for (const part of accounts) worker.process.send(part);
    },
    bans: () => bans,
    challenges: () => challenges,
    hasBans: hasBans.promise,
  };

  function wakeCouriers(message: QueuedMessage): void {
    for (const each of workers()) if (each.pool === courierName) each.process.send(message);
  }

  function passOn(block: JournalBlock): void {
    registries.at(-1)?.process.send({ type: 'journal', block });
  }
}
