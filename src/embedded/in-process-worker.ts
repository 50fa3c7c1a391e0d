import type { StartMessage, ToMaster, ToWorker } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import type { ServiceModule } from '../contract/service.ts';
import { firstInherited, type WorkerExit, type WorkerLauncher, type WorkerProcess } from '../master/worker-process.ts';
import { loadServices } from '../services/index.ts';
import { duplicate } from '../system/sockets.ts';
import { loadOwnModules } from '../worker/own-modules.ts';
import { createWorker, type Worker } from '../worker/worker.ts';

/**
 * Workers that are no processes: they live where their master lives, and talk to it by messages all the same, so that nothing else
 * is different. What one of them throws where nobody catches it is the program's own.
 */
export function createInProcessLauncher(types: ReadonlyMap<string, ServiceModule>): WorkerLauncher {
  return {
    prepare() {},
    launch: ({ inherit, start, message }) => startWorker(ownSockets(start, inherit), types, message),
  };
}

/** A worker closes its sockets when it ends, and the master keeps its own: each has a descriptor. */
function ownSockets(start: StartMessage, inherit: readonly number[]): StartMessage {
  const own = (number: number): number => duplicate(inherit[number - firstInherited] as number);
  return {
    ...start,
    services: start.services.map((service) => ({
      ...service,
      sockets: service.sockets.map((socket) => ({ ...socket, fd: socket.fd === null ? null : own(socket.fd) })),
    })),
    logFiles: Object.fromEntries(Object.entries(start.logFiles).map(([path, number]) => [path, own(number)])),
  };
}

function startWorker(
  start: StartMessage,
  types: ReadonlyMap<string, ServiceModule>,
  message: (message: ToMaster) => void,
): WorkerProcess {
  const exited = Promise.withResolvers<WorkerExit>();
  let worker: Worker | null = null;
  let isEnding = false;
  const early: Exclude<ToWorker, StartMessage>[] = [];

  /** As over a channel: later, and as a copy. */
  const pass = <M>(said: M, hear: (said: M) => void): void => {
    const copy = JSON.parse(JSON.stringify(said)) as M;
    setImmediate(() => hear(copy));
  };
  const hear = (said: ToMaster): void => pass(said, message);
  const receive = (said: Exclude<ToWorker, StartMessage>): void => {
    if (isEnding) return;
    if (worker === null) early.push(said);
    else worker.receive(said);
  };
  const exit = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    await worker?.stop();
    // What it said last comes before its end.
    setImmediate(() => exited.resolve({ status: 0, signal: null }));
  };
  const begin = async (): Promise<void> => {
    const names = new Set(start.services.map(({ type }) => type));
    const own = await loadOwnModules(names, start.services);
    const loaded = new Map([...(await loadServices(names)), ...types]);
    worker = createWorker({
      start,
      types: loaded,
      own,
      send: hear,
      receiveDescriptors: () => new Map(),
      exit: () => void exit(),
    });
    for (const said of early) worker.receive(said);
    await worker.begin();
  };
  begin().catch((error: unknown) => {
    hear({ type: 'failed', error: reasonOf(error) });
    void exit();
  });
  return {
    id: start.id,
    pid: process.pid,
    send: (said) => pass(said as Exclude<ToWorker, StartMessage>, receive),
    passLogFiles: (files) => pass({ type: 'reopen', paths: Object.keys(files) } as const, receive),
    // Nothing in here can be ended but by its own doing.
    kill: () => void exit(),
    exited: exited.promise,
    descriptors: [-1, -1],
    flushed: () => Promise.resolve(),
    rest: () => '',
  };
}
