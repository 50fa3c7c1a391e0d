import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { StartMessage, ToMaster, ToWorker } from '../contract/channel.ts';
import { createChannel } from '../system/channel.ts';
import { descriptorPair, sendDescriptor } from '../system/descriptors.ts';
import { libc } from '../system/libc.ts';
import { adoptPid } from '../system/reaper.ts';
import { createDeadline } from './deadline.ts';

/** A running worker as the master sees it. */
export interface WorkerProcess {
  readonly id: string;
  readonly pid: number;
  send(message: ToWorker): void;
  /** Passes new descriptors of the log files, then tells the worker to use them. */
  passLogFiles(files: Readonly<Record<string, number>>): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<WorkerExit>;
  /** Descriptors that the master's next image needs to go on talking to this worker; -1 for what is closed. */
  readonly descriptors: readonly [channel: number, descriptors: number];
  /** Resolves when the system has all that was sent so far. */
  flushed(): Promise<void>;
  /** What has come of a message that is not whole yet, in base64: the next image has to begin with it. */
  rest(): string;
}

export interface WorkerExit {
  readonly status: number | null;
  readonly signal: string | null;
}

/** Descriptors the worker inherits start here; the channel and the descriptor socket come after the sockets and files. */
export const firstInherited = 3;

export interface WorkerProcessOptions {
  /** Descriptors of ours, in the order in which the worker gets them from 3 on. */
  readonly inherit: readonly number[];
  readonly start: StartMessage;
  message(message: ToMaster): void;
}

export interface WorkerLauncher {
  /**
   * Starts a process ahead: it loads its code while the master reads the configuration, and gets its sockets passed when
   * it is given work. Does nothing without libc.
   */
  prepare(): void;
  /** The prepared process, or a new one that inherits its descriptors. */
  launch(options: WorkerProcessOptions): WorkerProcess;
}

// More would not fit into the descriptor socket before the worker begins to read it.
const maxPassed = 64;

export function createWorkerLauncher(): WorkerLauncher {
  let spare: StartedProcess | null = null;
  return {
    prepare() {
      if (libc !== null) spare = startProcess([]);
    },
    launch({ inherit, start, message }) {
      const prepared = spare !== null && !spare.hasExited() && inherit.length <= maxPassed ? spare : null;
      // Without its channel a worker ends.
      if (prepared === null && spare !== null) discard(spare);
      spare = null;
      const { child, socket, descriptorFd, exited } = prepared ?? startProcess(inherit);
      if (prepared !== null) {
        for (const [index, fd] of inherit.entries()) sendDescriptor(descriptorFd, fd, String(firstInherited + index));
      }
      const worker = attach({ id: start.id, pid: child.pid ?? -1, socket, descriptorFd, exited, message });
      worker.send(prepared === null ? start : { ...start, passed: inherit.length });
      return worker;
    },
  };
}

function discard({ socket, descriptorFd }: StartedProcess): void {
  socket.destroy();
  if (descriptorFd >= 0) fs.closeSync(descriptorFd);
}

interface StartedProcess {
  readonly child: ChildProcess;
  readonly socket: Socket;
  readonly descriptorFd: number;
  readonly exited: Promise<WorkerExit>;
  hasExited(): boolean;
}

function startProcess(inherit: readonly number[]): StartedProcess {
  const channelFd = firstInherited + inherit.length;
  // Without libc no descriptor can be passed later; the worker then opens its log files by their paths.
  const [ours, theirs] = libc === null ? [-1, -1] : descriptorPair();
  const child = spawn(
    process.execPath,
    // The garbage of connections is short-lived and small: other threads' help with it costs more than it saves.
    [...process.execArgv, '--single-threaded-gc', '--disable-warning=ExperimentalWarning', workerEntry],
    {
      stdio: ['ignore', 'inherit', 'inherit', ...inherit, 'pipe', ...(theirs < 0 ? [] : [theirs])],
      env: {
        ...process.env,
        // Compiled code is read from where the master's came from: a third of a worker's start.
        ...compileCache(),
        PORTICO_CHANNEL: String(channelFd),
        ...(theirs < 0 ? {} : { PORTICO_DESCRIPTORS: String(channelFd + 1) }),
      },
      cwd: '/',
    },
  );
  if (theirs >= 0) fs.closeSync(theirs);
  let isOver = false;
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
    child.once('error', () => resolve({ status: null, signal: null }));
  }).finally(() => (isOver = true));
  // Node gives no streams at all where no descriptor was left for them; the next try must not find one less.
  const socket = (child.stdio as typeof child.stdio | undefined)?.[channelFd] as unknown as Socket | undefined;
  if (socket === undefined) {
    if (ours >= 0) fs.closeSync(ours);
    throw new Error('too many open files');
  }
  return { child, socket, descriptorFd: ours, exited, hasExited: () => isOver };
}

/** Goes on with a worker of the master's previous image. */
export function adoptWorkerProcess(
  known: {
    readonly id: string;
    readonly pid: number;
    readonly descriptors: readonly [number, number];
    readonly rest?: string;
  },
  message: (message: ToMaster) => void,
): WorkerProcess {
  const { id, pid, rest = '' } = known;
  const [channelFd, descriptorFd] = known.descriptors;
  // A worker whose channel was closed already was about to end: all that is left to do is to wait for that.
  const socket = channelFd < 0 ? new Socket().destroy() : new Socket({ fd: channelFd });
  const exited = adoptPid(pid).catch((): WorkerExit => ({ status: null, signal: null }));
  return attach({ id, pid, socket, descriptorFd, exited, message, begun: Buffer.from(rest, 'base64') });
}

interface Attachment {
  readonly id: string;
  readonly pid: number;
  readonly socket: Socket;
  readonly descriptorFd: number;
  readonly exited: Promise<WorkerExit>;
  message(message: ToMaster): void;
  readonly begun?: Buffer;
}

function attach({ id, pid, socket, descriptorFd, exited, message, begun }: Attachment): WorkerProcess {
  let hasExited = false;
  const heardAll = Promise.withResolvers<void>();
  const on = { message: (said: ToMaster) => message(said), close: () => heardAll.resolve() };
  const channel = createChannel<ToWorker, ToMaster>(socket, on, begun);
  const ended = exited.then(async (exit) => {
    hasExited = true;
    // What it said last (its counts) may still be on its way, although it has ended already.
    await Promise.race([heardAll.promise, delay(lastWordsMs, undefined, { ref: false })]);
    deadline.met();
    channel.close();
    if (descriptorFd >= 0) fs.closeSync(descriptorFd);
    return exit;
  });
  const kill = (signal: NodeJS.Signals): void => {
    // A pid may be another process's once its owner was reaped.
    if (hasExited || pid <= 0) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended, and we are about to hear of it.
    }
  };
  const deadline = createDeadline(() => kill('SIGKILL'));
  return {
    id,
    pid,
    send(text) {
      deadline.told(text);
      channel.send(text);
    },
    passLogFiles(files) {
      try {
        if (descriptorFd >= 0) for (const [path, fd] of Object.entries(files)) sendDescriptor(descriptorFd, fd, path);
      } catch {
        // It is on its way out, or behind with reading: then it opens the files by their paths, as without libc.
      }
      channel.send({ type: 'reopen', paths: Object.keys(files) });
    },
    kill,
    exited: ended,
    get descriptors() {
      const handle = (socket as unknown as { _handle?: { fd?: number } | null })._handle;
      return [handle?.fd ?? -1, hasExited ? -1 : descriptorFd] as const;
    },
    flushed: () => channel.flushed(),
    rest: () => channel.rest().toString('base64'),
  };
}

// Somebody else may have the other end: a program that a service started without closing what is not its own.
const lastWordsMs = 1_000;

function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir();
  // Node names a folder of its version inside the one that it is given.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

const workerEntry = fileURLToPath(
  new URL(`../worker/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);
