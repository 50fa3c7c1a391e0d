import { setTimeout as delay } from 'node:timers/promises';

import type { Json } from '../contract/bus.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { SessionEvent, SessionReport, ToMaster, ToWorker } from '../contract/channel.ts';
import { foldSnapshots, type Snapshot } from '../logging/snapshot.ts';
import { createBusRouter, type BusState } from './bus.ts';
import type { PoolWorker } from './pool.ts';
import { isOwnPool } from './own-service.ts';
import { createRegistryLink, type RegistryLink } from './registry-link.ts';
import { isName, isSessionReport } from './worker-message.ts';
import { countValues, maxValues, readWorkerReport, type WorkerReport } from './worker-report.ts';

/** All workers of the daemon, whatever pool and generation: what they say to each other, and what they have counted. */
export interface Fleet {
  joined(worker: PoolWorker): void;
  left(worker: PoolWorker): void;
  receive(worker: PoolWorker, message: ToMaster): void;
  workers(): readonly PoolWorker[];
  send(message: ToWorker): void;
  /** Resolves when all that was sent is on its way, or after a second. */
  flushed(): Promise<void>;
  /** What each worker says of itself now; who is too busy to answer is represented by what it said last. */
  reports(): Promise<ReadonlyMap<string, WorkerReport>>;
  /** The counts of all workers there are and ever were. */
  snapshots(): Promise<readonly Snapshot[]>;
  /** The same as they were said last, for who has just asked for the reports. */
  lastSnapshots(): readonly Snapshot[];
  sessions(): Promise<readonly SessionReport[]>;
  kick(id: string): Promise<boolean>;
  follow(listener: (event: SessionEvent) => void): () => void;
  readonly registry: RegistryLink;
  save(): FleetState;
  restore(state: FleetState): void;
}

export type { WorkerReport };

/** What the master's next image has to know. */
export interface FleetState {
  readonly bus: BusState;
  readonly retired: Snapshot;
  /** What workers said last; it is all that is left of one that ends while the images change. */
  readonly reports?: readonly (readonly [id: string, report: WorkerReport])[];
  readonly ended?: readonly string[];
}

// Who does not answer within this time is busy.
const askTimeoutMs = 1_000;
// Often enough that the crash of a worker costs little of what it counted.
const reportEveryMs = 2_000;
// Each may mean asking all workers.
const maxQuestions = 100;

export interface FleetOptions {
  /** Questions that only the daemon can answer. */
  answer(what: 'status' | 'metrics' | 'sessions'): Promise<Json>;
  /** Those that a pool serves. */
  services(pool: string): readonly ServicePlan[];
}

export function createFleet(options: FleetOptions): Fleet {
  const bus = createBusRouter();
  const workers = new Map<string, PoolWorker>();
  const last = new Map<string, WorkerReport>();
  const followers = new Set<(event: SessionEvent) => void>();
  /** Questions of each worker that are not answered yet. */
  const asking = new Map<string, number>();
  const registry = createRegistryLink(() => [...workers.values()], options.services);
  let retired: Snapshot = [];

  /** Workers that have given their last report. */
  const ended = new Set<string>();
  const remember = (worker: PoolWorker, said: Json): void => {
    const report = readWorkerReport(said);
    if (report !== null && workers.has(worker.process.id)) last.set(worker.process.id, report);
  };
  const gather = async (): Promise<ReadonlyMap<string, WorkerReport>> => {
    await Promise.all(
      [...workers.values()].map(async (worker) => {
        const said = await worker.ask('report', null, askTimeoutMs);
        // The last report may have come right behind this answer, and then it was taken in first.
        if (!ended.has(worker.process.id)) remember(worker, said);
      }),
    );
    return last;
  };
  const lastSnapshots = (): readonly Snapshot[] => [retired, ...[...last.values()].map((report) => report.snapshot)];
  const gatherer = setInterval(() => void gather(), reportEveryMs);
  gatherer.unref();

  /** No answer is one as well: a worker may ask before the first plan is in force, or for more than a message can hold. */
  const reply = async (worker: PoolWorker, id: number, answered: Promise<Json>): Promise<void> => {
    const value = await answered.catch(() => null);
    try {
      worker.process.send({ type: 'reply', id, value });
    } catch {
      worker.process.send({ type: 'reply', id, value: null });
    }
  };
  const answer = async (worker: PoolWorker, message: Extract<ToMaster, { type: 'ask' }>): Promise<Json> => {
    const { id } = worker.process;
    if (message.what === 'claim') return isName(message.argument) && bus.claim(id, message.argument);
    if (message.what === 'bus') {
      const request = message.argument as { readonly topic: string; readonly message: Json };
      return bus.request(id, request.topic, request.message);
    }
    return message.what === 'registry' || message.what === 'challenge' ? null : options.answer(message.what);
  };

  const ask = (worker: PoolWorker, message: Extract<ToMaster, { type: 'ask' }>): void => {
    const { id } = worker.process;
    // A name is answered at once, and one may be wanted for each of many peers.
    if (message.what === 'claim') return void reply(worker, message.id, answer(worker, message));
    const count = (asking.get(id) ?? 0) + 1;
    if (count > maxQuestions) throw new Error(`more than ${maxQuestions} questions at once`);
    // Throws at once for what no worker of ours would ask, and that is its end.
    const answered =
      message.what === 'registry' || message.what === 'challenge'
        ? registry.answer(worker, message.what, message.argument)
        : answer(worker, message);
    asking.set(id, count);
    void reply(worker, message.id, answered).finally(() => {
      const left = (asking.get(id) ?? 1) - 1;
      if (left > 0) asking.set(id, left);
      else asking.delete(id);
    });
  };

  return {
    joined(worker) {
      workers.set(worker.process.id, worker);
      // The house's own have nothing to say to services, nor to hear from them.
      if (!isOwnPool(worker.pool)) bus.join(worker.process.id, (message) => worker.process.send(message));
      registry.joined(worker);
      if (followers.size > 0 && !isOwnPool(worker.pool)) worker.process.send({ type: 'follow', on: true });
    },
    left(worker) {
      const { id } = worker.process;
      workers.delete(id);
      bus.leave(id);
      registry.left(worker);
      const report = last.get(id);
      last.delete(id);
      ended.delete(id);
      if (report === undefined) return;
      const folded = foldSnapshots(retired, report.snapshot);
      // A worker that makes up metrics and ends, over and over, must not fill the master.
      if (countValues(folded) <= maxValues) retired = folded;
    },
    receive(worker, message) {
      switch (message.type) {
        case 'ask':
          return ask(worker, message);
        case 'bus':
        case 'bus-answers':
        case 'bus-reply':
        case 'release':
          return bus.receive(worker.process.id, message);
        case 'report':
          remember(worker, message.report);
          if (workers.has(worker.process.id)) ended.add(worker.process.id);
          return;
        case 'bans':
        case 'journal':
        case 'queued':
          return registry.receive(worker, message);
        case 'session':
          for (const follower of followers) follower(message.event);
      }
    },
    workers: () => [...workers.values()],
    send(message) {
      for (const worker of workers.values()) worker.process.send(message);
    },
    async flushed() {
      // A worker that does not read is not waited for.
      const late = delay(askTimeoutMs, undefined, { ref: false });
      await Promise.race([Promise.all([...workers.values()].map((worker) => worker.process.flushed())), late]);
    },
    reports: gather,
    async snapshots() {
      await gather();
      return lastSnapshots();
    },
    lastSnapshots,
    async sessions() {
      // Whoever asks over the admin listener is not a session of a service.
      const serving = [...workers.values()].filter((worker) => !isOwnPool(worker.pool));
      const lists = await Promise.all(serving.map((worker) => worker.ask('sessions', null, askTimeoutMs)));
      return lists.flatMap((list: unknown) => (Array.isArray(list) ? list.filter(isSessionReport) : []));
    },
    async kick(id) {
      const found = await Promise.all([...workers.values()].map((worker) => worker.ask('kick', id, askTimeoutMs)));
      return found.includes(true);
    },
    follow(listener) {
      followers.add(listener);
      for (const worker of workers.values()) {
        if (!isOwnPool(worker.pool)) worker.process.send({ type: 'follow', on: true });
      }
      return () => {
        followers.delete(listener);
        if (followers.size > 0) return;
        for (const worker of workers.values()) worker.process.send({ type: 'follow', on: false });
      };
    },
    registry,
    save: () => ({ bus: bus.save(), retired, reports: [...last], ended: [...ended] }),
    restore(state) {
      bus.restore(state.bus);
      retired = state.retired;
      for (const [id, report] of state.reports ?? []) last.set(id, report);
      for (const id of state.ended ?? []) ended.add(id);
    },
  };
}
