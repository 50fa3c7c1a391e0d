import { setTimeout as delay } from 'node:timers/promises';

import type { Json } from '../contract/bus.ts';
import type { SessionEvent, SessionReport, ToMaster, ToWorker } from '../contract/channel.ts';
import { foldSnapshots, type Snapshot, type SnapshotMetric } from '../logging/snapshot.ts';
import { createBusRouter, type BusState } from './bus.ts';
import type { PoolWorker } from './pool.ts';
import { adminName } from './pool-plans.ts';

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
  sessions(): Promise<readonly SessionReport[]>;
  kick(id: string): Promise<boolean>;
  follow(listener: (event: SessionEvent) => void): () => void;
  save(): FleetState;
  restore(state: FleetState): void;
}

/** What a worker says of itself. */
export interface WorkerReport {
  readonly snapshot: Snapshot;
  readonly sessions: number;
  readonly rss: number;
}

/** What the master's next image has to know. */
export interface FleetState {
  readonly bus: BusState;
  readonly retired: Snapshot;
}

// Who does not answer within this time is busy.
const askTimeoutMs = 1_000;
// Often enough that the crash of a worker costs little of what it counted.
const reportEveryMs = 2_000;

export interface FleetOptions {
  /** Questions that only the daemon can answer. */
  answer(what: 'status' | 'metrics' | 'sessions'): Promise<Json>;
}

export function createFleet(options: FleetOptions): Fleet {
  const bus = createBusRouter();
  const workers = new Map<string, PoolWorker>();
  const last = new Map<string, WorkerReport>();
  const followers = new Set<(event: SessionEvent) => void>();
  let retired: Snapshot = [];

  const remember = (worker: PoolWorker, said: Json): void => {
    if (isReport(said) && workers.has(worker.process.id)) last.set(worker.process.id, said);
  };
  const gather = async (): Promise<ReadonlyMap<string, WorkerReport>> => {
    await Promise.all(
      [...workers.values()].map(async (worker) => {
        remember(worker, await worker.ask('report', null, askTimeoutMs));
      }),
    );
    return last;
  };
  const gatherer = setInterval(() => void gather(), reportEveryMs);
  gatherer.unref();

  const answer = async (worker: PoolWorker, message: Extract<ToMaster, { type: 'ask' }>): Promise<Json> => {
    const { id } = worker.process;
    if (message.what === 'claim') return bus.claim(id, message.argument as string);
    if (message.what === 'bus') {
      const request = message.argument as { readonly topic: string; readonly message: Json };
      return bus.request(id, request.topic, request.message);
    }
    return options.answer(message.what);
  };

  return {
    joined(worker) {
      workers.set(worker.process.id, worker);
      bus.join(worker.process.id, (message) => worker.process.send(message));
      if (followers.size > 0 && worker.pool !== adminName) worker.process.send({ type: 'follow', on: true });
    },
    left(worker) {
      const { id } = worker.process;
      workers.delete(id);
      bus.leave(id);
      const report = last.get(id);
      if (report !== undefined) retired = foldSnapshots(retired, report.snapshot);
      last.delete(id);
    },
    receive(worker, message) {
      switch (message.type) {
        case 'ask':
          // No answer is one as well: after an upgrade, a worker may ask before the first plan is in force.
          void answer(worker, message)
            .catch(() => null)
            .then((value) => worker.process.send({ type: 'reply', id: message.id, value }));
          return;
        case 'bus':
        case 'bus-answers':
        case 'bus-reply':
        case 'release':
          return bus.receive(worker.process.id, message);
        case 'report':
          remember(worker, message.report);
          return;
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
      return [retired, ...[...last.values()].map((report) => report.snapshot)];
    },
    async sessions() {
      // Whoever asks over the admin listener is not a session of a service.
      const serving = [...workers.values()].filter((worker) => worker.pool !== adminName);
      const lists = await Promise.all(serving.map((worker) => worker.ask('sessions', null, askTimeoutMs)));
      return lists.flatMap((list) => (list ?? []) as unknown as SessionReport[]);
    },
    async kick(id) {
      const found = await Promise.all([...workers.values()].map((worker) => worker.ask('kick', id, askTimeoutMs)));
      return found.includes(true);
    },
    follow(listener) {
      followers.add(listener);
      for (const worker of workers.values()) {
        if (worker.pool !== adminName) worker.process.send({ type: 'follow', on: true });
      }
      return () => {
        followers.delete(listener);
        if (followers.size > 0) return;
        for (const worker of workers.values()) worker.process.send({ type: 'follow', on: false });
      };
    },
    save: () => ({ bus: bus.save(), retired }),
    restore(state) {
      bus.restore(state.bus);
      retired = state.retired;
    },
  };
}

/** A worker is less trusted than the master: what it says of itself is added up only when it has the shape for that. */
function isReport(said: unknown): said is WorkerReport {
  const { snapshot, sessions, rss } = (said ?? {}) as Partial<WorkerReport>;
  if (typeof sessions !== 'number' || typeof rss !== 'number' || !Array.isArray(snapshot)) return false;
  return snapshot.every(
    (metric: unknown) =>
      typeof metric === 'object' &&
      metric !== null &&
      Array.isArray((metric as SnapshotMetric).values) &&
      (metric as SnapshotMetric).values.every(
        (value) => typeof value?.value === 'number' && typeof value.labels === 'object',
      ),
  );
}
