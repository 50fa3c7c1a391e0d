import { closeSync } from 'node:fs';
import net from 'node:net';
import { Readable } from 'node:stream';

import type { Libc } from './libc.ts';

// Thousands of programs a second write nothing to their stderr and live for a millisecond. A stream for each would cost
// more than the rest of starting them, so what they wrote is read from the pipe once, when they have ended; streams are
// for those that live longer, and for who asks.

export interface ErrorOutput {
  /** null where a callback takes the output. */
  stream(): Readable | null;
  /** Takes in what was written until now. What others, who inherited the pipe, write later is waited for a while only. */
  programEnded(): void;
}

/** How long a program runs, at least, before its output is listened to; at most twice as long. */
const listenAfterMs = 10;
/** How long others may hold on to an ended program's stderr. */
const lingerMs = 5_000;

/** Gives each chunk to `take`. `fd` is non-blocking, and closed from here. */
export function collectErrorOutput(c: Libc, fd: number, take: (chunk: Buffer) => void): ErrorOutput {
  let socket: net.Socket | null = null;
  const turn = { since: performance.now(), isOver: false, begin: listen };
  listenLater(turn);
  return {
    stream: () => null,
    programEnded() {
      turn.isOver = true;
      // It was read to its end and closed: the number is another descriptor's by now, a peer's connection perhaps.
      if (socket?.destroyed === true) return;
      const isComplete = drain(c, fd, take);
      if (isComplete && socket === null) return closeSync(fd);
      if (socket === null) listen();
      if (isComplete) socket!.destroy();
      else endLater(socket!);
    },
  };

  function listen(): void {
    socket = new net.Socket({ fd, readable: true, writable: false });
    socket.on('data', take);
    // An error of a pipe that is read from can only mean its end.
    socket.on('error', () => {});
  }
}

export interface Waiting {
  readonly since: number;
  isOver: boolean;
  begin(): void;
}

// One timer for all programs, the oldest first: one for each would cost more than to read what they wrote.
const waiting: Waiting[] = [];
let look: NodeJS.Timeout | undefined;

/** Calls `begin` when the program has lived a while, unless it is over by then. */
export function listenLater(output: Waiting): void {
  waiting.push(output);
  // The program itself keeps this process alive.
  look ??= setTimeout(listenToOld, listenAfterMs).unref();
}

function listenToOld(): void {
  const until = performance.now() - listenAfterMs;
  const young = waiting.findIndex(({ since }) => since > until);
  const old = waiting.splice(0, young === -1 ? waiting.length : young);
  look = waiting.length === 0 ? undefined : setTimeout(listenToOld, listenAfterMs).unref();
  for (const output of old) if (!output.isOver) output.begin();
}

/** Makes a stream when it is asked for. `fd` is non-blocking, and closed from here. */
export function errorStream(c: Libc, fd: number): ErrorOutput {
  let socket: net.Socket | null = null;
  let rest: Readable | null = null;
  return {
    stream: () => rest ?? (socket ??= new net.Socket({ fd, readable: true, writable: false })),
    programEnded() {
      if (socket !== null) return endLater(socket);
      const chunks: Buffer[] = [];
      drain(c, fd, (chunk) => chunks.push(chunk));
      closeSync(fd);
      rest = Readable.from(chunks);
    },
  };
}

/** Reads what is there without waiting; true when nobody can write any more. */
export function drain(c: Libc, fd: number, take: (chunk: Buffer) => void): boolean {
  // Twice what a pipe holds: someone who writes on and on does not keep us here.
  for (let round = 0; round < 2; round++) {
    const length = Number(c.read(fd, scratch, BigInt(scratch.length)));
    if (length === 0) return true;
    if (length < 0) return false;
    take(Buffer.from(scratch.subarray(0, length)));
  }
  return false;
}

const scratch = Buffer.alloc(64 * 1024);

function endLater(socket: net.Socket): void {
  if (socket.destroyed || socket.readableEnded) return;
  const timer = setTimeout(() => {
    socket.push(null);
    socket.destroy();
  }, lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
