/**
 * Entry of a worker process. The master gives it the sockets (from descriptor 3), the channel and the descriptor
 * socket; their numbers are in the environment.
 */
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { StartMessage, ToMaster, ToWorker } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import { loadServices } from '../services/index.ts';
import { limitBusyLoop } from '../system/busy-limit.ts';
import { createChannel } from '../system/channel.ts';
import { keepCryptThread } from '../system/crypt.ts';
import { receiveDescriptor } from '../system/descriptors.ts';
import { mayReadUs } from '../system/may-read.ts';
import { keepOwnPackages } from './load-module.ts';
import { loadOwnModules } from './own-modules.ts';
import { createWorker, type Worker } from './worker.ts';

const channelFd = Number(process.env['PORTICO_CHANNEL']);
const descriptorFd = Number(process.env['PORTICO_DESCRIPTORS'] ?? -1);

limitBusyLoop();

// How long the master may take to hear the last words: it may be just becoming the next program.
const lastWordsMs = 5_000;

let worker: Worker | undefined;
let isExiting = false;
/** What the master said while the worker was still loading. */
const early: Exclude<ToWorker, StartMessage>[] = [];

const channel = createChannel<ToMaster, ToWorker>(new Socket({ fd: channelFd }), {
  message(message) {
    if (message.type === 'start')
      void start(message.passed === undefined ? message : renumber(message, receiveDescriptors()));
    else if (worker === undefined) early.push(message);
    else worker.receive(message);
  },
  // The master is gone, and with it the sockets' keeper: nothing may stay behind on the ports.
  close: () => void exit(),
});

// The master decides when a worker ends; a Ctrl-C on the terminal or a kill of the process group reaches it as well.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});

// A service that throws where nobody catches it leaves the process in an unknown state: it ends, the master starts another.
process.on('uncaughtException', (error) => {
  if (worker === undefined) process.stderr.write(`worker ${process.pid}: ${error.stack ?? error.message}\n`);
  else worker.crashed(error);
  process.exit(70);
});

async function start(message: StartMessage): Promise<void> {
  try {
    // Before the identity changes: the new one may not be able to read our own files.
    const types = new Set(message.services.map((service) => service.type));
    const own = await loadOwnModules(types, message.services);
    const modules = await loadServices(types);
    for (const { type, options } of message.services) await modules.get(type)?.load?.(options);
    if (message.services.some(({ type, usesModules }) => type.startsWith('/') || usesModules === true))
      await keepOwnPackages();
    // A thread reads its own code when it starts.
    if (types.has('registry') && message.identity !== null && !mayReadUs(message.identity)) await keepCryptThread();
    // The same for what was compiled: the next worker starts sooner by it.
    flushCompileCache();
    worker = createWorker({
      start: message,
      types: modules,
      own,
      send: channel.send,
      receiveDescriptors,
      exit: () => void exit(),
    });
  } catch (error) {
    channel.send({ type: 'failed', error: reasonOf(error) });
    return exit();
  }
  for (const said of early) worker.receive(said);
  await worker.begin();
}

async function exit(): Promise<void> {
  if (isExiting) return;
  isExiting = true;
  // A service whose stop never returns must not hold the process.
  setTimeout(() => process.exit(70), 10_000).unref();
  await worker?.stop();
  await Promise.race([channel.end(), delay(lastWordsMs)]);
  process.exit(0);
}

/** Puts the numbers that passed descriptors have here in the place of those by which the message calls them. */
function renumber(message: StartMessage, passed: ReadonlyMap<string, number>): StartMessage {
  const here = (fd: number): number => {
    const number = passed.get(String(fd));
    if (number === undefined) throw new Error(`descriptor ${fd} did not arrive`);
    return number;
  };
  return {
    ...message,
    services: message.services.map((service) => ({
      ...service,
      sockets: service.sockets.map((socket) => ({ ...socket, fd: socket.fd === null ? null : here(socket.fd) })),
    })),
    logFiles: Object.fromEntries(Object.entries(message.logFiles).map(([path, fd]) => [path, here(fd)])),
  };
}

function receiveDescriptors(): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  if (descriptorFd < 0) return files;
  for (let next = receiveDescriptor(descriptorFd); next !== null; next = receiveDescriptor(descriptorFd)) {
    files.set(next.text, next.fd);
  }
  return files;
}
