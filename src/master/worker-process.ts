import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import type { StartMessage, ToMaster, ToWorker } from '../contract/channel.ts';
import { createChannel } from '../system/channel.ts';
import { descriptorPair, sendDescriptor } from '../system/descriptors.ts';
import { libc } from '../system/libc.ts';
import { adoptPid } from '../system/reaper.ts';

/** A running worker as the master sees it. */
export interface WorkerProcess {
  readonly id: string;
  readonly pid: number;
  send(message: ToWorker): void;
  /** Passes new descriptors of the log files, then tells the worker to use them. */
  passLogFiles(files: Readonly<Record<string, number>>): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<WorkerExit>;
  /** Descriptors that the master's next image needs to go on talking to this worker. */
  readonly descriptors: readonly [channel: number, descriptors: number];
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

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { inherit, start } = options;
  const channelFd = firstInherited + inherit.length;
  // Without libc no descriptor can be passed later; the worker then opens its log files by their paths.
  const [ours, theirs] = libc === null ? [-1, -1] : descriptorPair();
  const child = spawn(process.execPath, [...process.execArgv, '--disable-warning=ExperimentalWarning', workerEntry], {
    stdio: ['ignore', 'inherit', 'inherit', ...inherit, 'pipe', ...(theirs < 0 ? [] : [theirs])],
    env: {
      ...process.env,
      // Compiled code is read from where the master's came from: a third of a worker's start.
      ...compileCache(),
      PORTICO_CHANNEL: String(channelFd),
      ...(theirs < 0 ? {} : { PORTICO_DESCRIPTORS: String(channelFd + 1) }),
    },
    cwd: '/',
  });
  if (theirs >= 0) fs.closeSync(theirs);
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
    child.once('error', () => resolve({ status: null, signal: null }));
  });
  const socket = child.stdio[channelFd] as unknown as Socket;
  const worker = attach(start.id, child.pid ?? -1, socket, ours, exited, options.message);
  worker.send(start);
  return worker;
}

/** Goes on with a worker of the master's previous image. */
export function adoptWorkerProcess(
  known: { readonly id: string; readonly pid: number; readonly descriptors: readonly [number, number] },
  message: (message: ToMaster) => void,
): WorkerProcess {
  const [channelFd, descriptorFd] = known.descriptors;
  return attach(known.id, known.pid, new Socket({ fd: channelFd }), descriptorFd, adoptPid(known.pid), message);
}

function attach(
  id: string,
  pid: number,
  socket: Socket,
  descriptorFd: number,
  exited: Promise<WorkerExit>,
  message: (message: ToMaster) => void,
): WorkerProcess {
  let hasExited = false;
  const channel = createChannel<ToWorker, ToMaster>(socket, { message, close: () => {} });
  const ended = exited.then((exit) => {
    hasExited = true;
    channel.close();
    if (descriptorFd >= 0) fs.closeSync(descriptorFd);
    return exit;
  });
  return {
    id,
    pid,
    send: (text) => channel.send(text),
    passLogFiles(files) {
      if (descriptorFd >= 0) for (const [path, fd] of Object.entries(files)) sendDescriptor(descriptorFd, fd, path);
      channel.send({ type: 'reopen', paths: Object.keys(files) });
    },
    kill(signal) {
      // A pid may be another process's once its owner was reaped.
      if (!hasExited && pid > 0) process.kill(pid, signal);
    },
    exited: ended,
    get descriptors() {
      const handle = (socket as unknown as { _handle?: { fd?: number } | null })._handle;
      return [handle?.fd ?? -1, descriptorFd] as const;
    },
  };
}

function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

const workerEntry = fileURLToPath(
  new URL(`../worker/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);
