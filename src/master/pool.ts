import type { Json } from '../contract/bus.ts';
import type { ToMaster, ToWorker } from '../contract/channel.ts';
import { createQuestions, type Questions } from '../worker/questions.ts';
import { createPauses } from './pauses.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { readWorkerMessage } from './worker-message.ts';
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
  retire(deadlineMs: number, isStopping?: boolean): void;
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
  ask(what: Extract<ToWorker, { type: 'ask' }>['what'], argument: Json, timeoutMs: number): Promise<Json>;
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
  /** A replacement could not be started; it is tried again. */
  launchFailed(pool: string, error: unknown): void;
  unresponsive(worker: PoolWorker): void;
  tooLarge(worker: PoolWorker): void;
  serviceFailed(service: string, error: string): void;
  /** A worker said something that makes no sense; it is ended. */
  broken(worker: PoolWorker, error: unknown): void;
  /** Everything that is not the pool's own business. */
  message(worker: PoolWorker, message: ToMaster): void;
}

/** What a worker says must not be able to end the master: a worker that was taken over may say anything. */
export function guarded(
  worker: () => PoolWorker,
  events: Pick<PoolEvents, 'broken'>,
  receive: (message: ToMaster) => void,
): (message: ToMaster) => void {
  let isBroken = false;
  return (message) => {
    if (isBroken) return;
    try {
      receive(readWorkerMessage(message));
    } catch (error) {
      // Told once: what else it has said until it ends may be any number of messages.
      isBroken = true;
      events.broken(worker(), error);
      worker().process.kill('SIGKILL');
    }
  };
}

// Workers in a row that a signal may end while they start the same service.
const maxKillsWhileStarting = 3;

export function createPool(options: PoolOptions): Pool {
  const { events, name, generation } = options;
  const failed = new Map<string, string>();
  const bound = new Map<string, number>();
  const workers = new Set<Slot>();
  const pauses = createPauses();
  const killsWhileStarting = new Map<string, number>();
  const started = Promise.withResolvers<void>();
  let restarts = 0;
  let readyCount = 0;
  let isRetired = false;

  interface Slot extends PoolWorker {
    readonly questions: Questions;
    starting: string | null;
    isReady: boolean;
    readonly pulse: Pulse;
    isUnresponsive: boolean;
    isLeaving: boolean;
  }

  const launch = (): void => {
    const healthy = options.services.filter((service) => !failed.has(service));
    const questions = createQuestions();
    const process = options.launch(
      healthy,
      guarded(
        () => slot,
        events,
        (message) => receive(slot, message),
      ),
    );
    const slot: Slot = {
      process,
      pool: name,
      generation,
      restarts,
      rss: 0,
      questions,
      starting: null,
      isReady: false,
      pulse: createPulse({ ping: () => process.send({ type: 'ping' }), silent: () => giveUp(slot) }),
      isUnresponsive: false,
      isLeaving: false,
      ask: (what, argument, timeoutMs) =>
        questions.ask((id) => process.send({ type: 'ask', id, what, argument }), timeoutMs),
    };
    workers.add(slot);
    events.joined(slot);
    void process.exited.then((exit) => leave(slot, exit));
  };

  const receive = (slot: Slot, message: ToMaster): void => {
    switch (message.type) {
      case 'starting':
        slot.pulse.begun();
        slot.starting = options.services.includes(message.service) ? message.service : null;
        return;
      case 'ready':
        if (slot.isReady) return;
        slot.pulse.begun();
        slot.starting = null;
        killsWhileStarting.clear();
        for (const [key, port] of Object.entries(message.bound)) bound.set(key, port);
        for (const [service, error] of Object.entries(message.failed)) fail(service, error);
        return settle(slot);
      case 'failed':
        for (const service of options.services) fail(service, message.error);
        return;
      case 'pong':
        // Whatever else it says does not show that it still does what it is told.
        slot.pulse.heard();
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
    // Of what is another pool's a worker has nothing to say.
    if (failed.has(service) || !options.services.includes(service)) return;
    failed.set(service, error);
    events.serviceFailed(service, error);
  };

  const giveUp = (slot: Slot): void => {
    slot.isUnresponsive = true;
    events.unresponsive(slot);
    slot.process.kill('SIGKILL');
  };

  // The replacement is there before the large one stops accepting.
  const replaceLarge = (slot: Slot): void => {
    slot.isLeaving = true;
    events.tooLarge(slot);
    restarts += 1;
    launchLater(pauses.next(performance.now()), () => slot.process.send({ type: 'drain', deadline: largeDrainMs }));
  };

  // A file that a worker needs may be missing just now. That must not cost the master, so it is tried again.
  const launchLater = (pauseMs: number, launched: () => void): void => {
    setTimeout(() => {
      if (isRetired) return;
      try {
        launch();
      } catch (error) {
        events.launchFailed(name, error);
        return launchLater(pauses.next(performance.now()), launched);
      }
      launched();
    }, pauseMs);
  };

  // A worker that ends by itself or falls silent while a service starts does so because of that service. A signal may
  // have come from outside, so it takes several of them.
  const isToBlame = (service: string, slot: Slot, exit: WorkerExit): boolean => {
    if (exit.signal === null || slot.isUnresponsive) return true;
    const kills = (killsWhileStarting.get(service) ?? 0) + 1;
    killsWhileStarting.set(service, kills);
    return kills >= maxKillsWhileStarting;
  };

  const leave = (slot: Slot, exit: WorkerExit): void => {
    slot.pulse.end();
    workers.delete(slot);
    slot.questions.close();
    events.left(slot, exit, slot.isLeaving || isRetired);
    if (slot.isReady) readyCount -= 1;
    if (isRetired) {
      if (workers.size === 0) started.resolve();
      return;
    }
    if (slot.isLeaving) return;
    restarts += 1;
    const culprit = slot.starting !== null && isToBlame(slot.starting, slot, exit) ? slot.starting : null;
    const next = culprit === null ? pauses.next(performance.now()) : 0;
    // That one is left out: the others shall go on.
    if (culprit !== null) fail(culprit, `the worker ended while the service was starting (${describeExit(exit)})`);
    if (options.services.every((service) => failed.has(service))) return started.resolve();
    launchLater(next, () => {});
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
      // Everything may have been stopped before it is this pool's turn.
      for (let index = 0; index < options.count && !isRetired; index++) launch();
      return started.promise;
    },
    retire(deadlineMs, isStopping = false) {
      isRetired = true;
      const message: ToWorker = { type: 'drain', deadline: deadlineMs, ...(isStopping ? { isStopping } : {}) };
      for (const slot of workers) slot.process.send(message);
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
