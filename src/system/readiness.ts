import os from 'node:os';

import { linux } from './constants.ts';
import type { Libc } from './libc.ts';
import { needLibc, systemError } from './system-error.ts';

// Node can wait for a descriptor only by reading from it. The kernel tells by SIGIO as well (fcntl(2), F_SETOWN), which
// is true of a moment, not of a state: so poll(2) is asked once after arming, and after each SIGIO.

interface Watcher {
  readonly fd: number;
  readonly settle: (error?: Error) => void;
}

/**
 * Resolves when something can be read or accepted, without taking it. Rejects with the signal's reason.
 * Must not be under way when this process calls execve: SIGIO ends a program that does not know it.
 */
export function watchReadable(fd: number, signal: AbortSignal): Promise<void> {
  const c = needLibc('waiting for a socket without reading from it');
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const watcher: Watcher = {
      fd,
      settle(error) {
        stop();
        if (error === undefined) resolve();
        else reject(error);
      },
    };
    const abort = (): void => {
      stop();
      reject(signal.reason as Error);
    };
    const stop = (): void => {
      signal.removeEventListener('abort', abort);
      watchers.delete(watcher);
      if (watchers.size === 0) clearInterval(rounds);
      if (!isWatched(fd)) disarm(c, fd);
    };
    listen(c);
    arm(c, fd);
    signal.addEventListener('abort', abort);
    watchers.add(watcher);
    if (watchers.size === 1) rounds = setInterval(() => lookAgain(c), roundMs);
    look(c);
  });
}

const watchers = new Set<Watcher>();
let isListening = false;

// SIGIO's owner belongs to the open file, which other processes may share and may have taken over. That is rare, and this
// makes it harmless: a look now and then, with the ownership renewed.
const roundMs = 1_000;
let rounds: NodeJS.Timeout | undefined;

function lookAgain(c: Libc): void {
  for (const { fd } of watchers) if (c.fcntl(fd, linux.F_GETOWN, 0) !== process.pid) arm(c, fd);
  look(c);
}

function listen(c: Libc): void {
  if (isListening) return;
  isListening = true;
  // For good: a SIGIO that is late would end the process if nobody listened to it any more.
  process.on('SIGIO', () => look(c));
}

/** struct pollfd: the descriptor, what is asked, what came. */
function look(c: Libc): void {
  const asked = [...watchers];
  if (asked.length === 0) return;
  const polled = new DataView(new ArrayBuffer(asked.length * 8));
  for (const [i, { fd }] of asked.entries()) {
    polled.setInt32(i * 8, fd, true);
    polled.setInt16(i * 8 + 4, linux.POLLIN, true);
  }
  if (c.poll(polled, BigInt(asked.length), 0) <= 0) return;
  for (const [i, watcher] of asked.entries()) {
    const events = polled.getInt16(i * 8 + 6, true);
    if ((events & linux.POLLNVAL) !== 0) watcher.settle(systemError('wait for a socket', badDescriptor));
    // An error or a hang-up is for the one to see who reads next.
    else if (events !== 0) watcher.settle();
  }
}

const badDescriptor = os.constants.errno.EBADF;

function arm(c: Libc, fd: number): void {
  if (c.fcntl(fd, linux.F_SETOWN, process.pid) === -1) return;
  const flags = c.fcntl(fd, linux.F_GETFL, 0);
  if (flags !== -1) c.fcntl(fd, linux.F_SETFL, flags | linux.O_ASYNC);
}

/** Unless another process has made itself the owner since. */
function disarm(c: Libc, fd: number): void {
  if (c.fcntl(fd, linux.F_GETOWN, 0) !== process.pid) return;
  const flags = c.fcntl(fd, linux.F_GETFL, 0);
  if (flags !== -1) c.fcntl(fd, linux.F_SETFL, flags & ~linux.O_ASYNC);
}

function isWatched(fd: number): boolean {
  for (const watcher of watchers) if (watcher.fd === fd) return true;
  return false;
}
