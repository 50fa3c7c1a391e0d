import type { Json } from '../contract/bus.ts';
import type { ToMaster, ToWorker } from '../contract/channel.ts';
import { createQuestions, type Questions } from '../worker/questions.ts';
import { createPauses } from './pauses.ts';
import type { WorkerExit, WorkerProcess } from './worker-process.ts';

/** The workers of one pool of one generation: started, watched, replaced when they die, and at last retired. */
export interface Pool {
  readonly name: string;
  readonly generation: number;
  readonly services: readonly string[];
  /** Resolves when every worker is ready or has given up its services; says which failed and why. */
  start(): Promise<void>;
  /** Services that do not serve, with the reason. */
  readonly failed: ReadonlyMap<string, string>;
  /** True once every worker has been ready. */
  readonly isReady: boolean;
  /** Ports that workers had to bind for themselves, by `service/index`. */
  readonly bound: ReadonlyMap<string, number>;
  /** No more connections; ends when the last session has, or at the deadline. */
  retire(deadlineMs: number): void;
  /** At once. */
  stop(): void;
  readonly workers: readonly PoolWorker[];
  restarts(): number;
}

export interface PoolWorker {
  readonly process: WorkerProcess;
  readonly pool: string;
  readonly generation: number;
  readonly restarts: number;
  rss: number;
  ask(what: 'report' | 'sessions' | 'kick', argument: Json, timeoutMs: number): Promise<Json>;
}

export interface PoolOptions {
  readonly name: string;
  readonly generation: number;
  readonly services: readonly string[];
  readonly count: number;
  readonly memory: number;
  /** Starts a process that serves these services (the pool's, without those that have proved harmful). */
  launch(services: readonly string[], message: (message: ToMaster) => void): WorkerProcess;
  readonly events: PoolEvents;
}

export interface PoolEvents {
  joined(worker: PoolWorker): void;
  left(worker: PoolWorker, exit: WorkerExit, wasExpected: boolean): void;
  unresponsive(worker: PoolWorker): void;
  tooLarge(worker: PoolWorker): void;
  serviceFailed(service: string, error: string): void;
  /** Everything that is not the pool's own business. */
  message(worker: PoolWorker, message: ToMaster): void;
}

const pingMs = 2_500;
// Four pings without an answer: ten seconds.
const maxMissedPings = 4;

export function createPool(options: PoolOptions): Pool {
  const { events, name, generation } = options;
  const failed = new Map<string, string>();
  const bound = new Map<string, number>();
  const workers = new Set<Slot>();
  const pauses = createPauses();
  const started = Promise.withResolvers<void>();
  let restarts = 0;
  let readyCount = 0;
  let isRetired = false;

  interface Slot extends PoolWorker {
    readonly questions: Questions;
    starting: string | null;
    isReady: boolean;
    missedPings: number;
    isLeaving: boolean;
    pinger: NodeJS.Timeout;
  }

  const launch = (): void => {
    const healthy = options.services.filter((service) => !failed.has(service));
    const questions = createQuestions();
    const process = options.launch(healthy, (message) => receive(slot, message));
    const slot: Slot = {
      process,
      pool: name,
      generation,
      restarts,
      rss: 0,
      questions,
      starting: null,
      isReady: false,
      missedPings: 0,
      isLeaving: false,
      pinger: setInterval(() => watch(slot), pingMs),
      ask: (what, argument, timeoutMs) =>
        questions.ask((id) => process.send({ type: 'ask', id, what, argument }), timeoutMs),
    };
    workers.add(slot);
    events.joined(slot);
    void process.exited.then((exit) => leave(slot, exit));
  };

  const receive = (slot: Slot, message: ToMaster): void => {
    slot.missedPings = 0;
    switch (message.type) {
      case 'starting':
        slot.starting = message.service;
        return;
      case 'ready':
        slot.starting = null;
        for (const [key, port] of Object.entries(message.bound)) bound.set(key, port);
        for (const [service, error] of Object.entries(message.failed)) fail(service, error);
        return settle(slot);
      case 'failed':
        for (const service of options.services) fail(service, message.error);
        return;
      case 'pong':
        slot.rss = message.rss;
        if (slot.rss > options.memory && !slot.isLeaving && !isRetired) replaceLarge(slot);
        return;
      case 'reply':
        return slot.questions.answered(message.id, message.value);
      default:
        events.message(slot, message);
    }
  };

  const settle = (slot: Slot): void => {
    if (slot.isReady) return;
    slot.isReady = true;
    if (++readyCount >= options.count) started.resolve();
  };

  const fail = (service: string, error: string): void => {
    if (failed.has(service)) return;
    failed.set(service, error);
    events.serviceFailed(service, error);
  };

  const watch = (slot: Slot): void => {
    if (slot.missedPings >= maxMissedPings) {
      clearInterval(slot.pinger);
      events.unresponsive(slot);
      slot.process.kill('SIGKILL');
      return;
    }
    slot.missedPings += 1;
    slot.process.send({ type: 'ping' });
  };

  // The replacement is there before the large one stops accepting.
  const replaceLarge = (slot: Slot): void => {
    slot.isLeaving = true;
    events.tooLarge(slot);
    restarts += 1;
    setTimeout(() => {
      if (isRetired) return;
      launch();
      slot.process.send({ type: 'drain', deadline: largeDrainMs });
    }, pauses.next(performance.now()));
  };

  const leave = (slot: Slot, exit: WorkerExit): void => {
    clearInterval(slot.pinger);
    workers.delete(slot);
    slot.questions.close();
    events.left(slot, exit, slot.isLeaving || isRetired);
    if (slot.isReady) readyCount -= 1;
    if (isRetired) {
      if (workers.size === 0) started.resolve();
      return;
    }
    if (slot.isLeaving) return;
    // It died while a service of it was starting, so that one is left out: the others shall go on.
    if (slot.starting !== null) {
      fail(slot.starting, `the worker ended while the service was starting (${describeExit(exit)})`);
    }
    restarts += 1;
    const next = slot.starting === null ? pauses.next(performance.now()) : 0;
    if (options.services.every((service) => failed.has(service))) return started.resolve();
    setTimeout(() => !isRetired && launch(), next);
  };

  return {
    name,
    generation,
    services: options.services,
    failed,
    bound,
    get isReady() {
      return readyCount >= options.count;
    },
    start() {
      for (let index = 0; index < options.count; index++) launch();
      return started.promise;
    },
    retire(deadlineMs) {
      isRetired = true;
      for (const slot of workers) slot.process.send({ type: 'drain', deadline: deadlineMs } satisfies ToWorker);
      started.resolve();
    },
    stop() {
      isRetired = true;
      for (const slot of workers) slot.process.send({ type: 'stop' });
      started.resolve();
    },
    get workers() {
      return [...workers];
    },
    restarts: () => restarts,
  };
}

// A worker that has grown too large keeps growing while it drains, so it does not get long.
const largeDrainMs = 10_000;

export function describeExit(exit: WorkerExit): string {
  return exit.signal === null ? `status ${exit.status ?? 'unknown'}` : exit.signal;
}
