import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';

import { linux } from './constants.ts';
import { sendDescriptor } from './descriptors.ts';
import { libc } from './libc.ts';
import type { Libc } from './libc.ts';
import { encodeUnixAddress } from './socket-address.ts';

/**
 * Tells the service manager (sd_notify(3)): "READY=1", or several assignments on lines of their own. Does nothing
 * without $NOTIFY_SOCKET. A manager that cannot be told changes nothing for the daemon, so this never throws.
 */
export function notify(state: string): void {
  const path = process.env['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return;
  // Type=notify-reload wants to know when the reload began, so that an earlier READY is not taken for the answer to it.
  const needsTime = /^RELOADING=1$/m.test(state) && !state.includes('MONOTONIC_USEC=');
  const text = needsTime ? `${state}\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}` : state;
  try {
    if (libc === null) runNotify(text);
    else sendOnce(libc, path, text);
  } catch {
    // See above.
  }
}

/**
 * Gives the service manager a descriptor to keep over a restart (sd_notify(3), FDSTORE), under a name of at most 255 characters
 * without ":" and control characters. One that it keeps already is kept once. Without $NOTIFY_SOCKET or node:ffi nothing is done.
 */
export function storeDescriptor(fd: number, name: string): void {
  // Sockets that listen are never at their end: it need not watch them for that.
  const path = process.env['NOTIFY_SOCKET'];
  if (path === undefined || path === '' || libc === null) return;
  try {
    const text = `FDSTORE=1\nFDNAME=${name}\nFDPOLL=0`;
    sendOnce(libc, path, text, (socket) => sendDescriptor(socket, fd, text));
  } catch {
    // As above.
  }
}

/** The service manager need not keep what it has of that name any longer. */
export function forgetDescriptor(name: string): void {
  notify(`FDSTOREREMOVE=1\nFDNAME=${name}`);
}

/** How often the service manager wants "WATCHDOG=1" at the least (sd_watchdog_enabled(3)); null when it does not. */
export function watchdogMs(): number | null {
  const microseconds = Number(process.env['WATCHDOG_USEC'] ?? '');
  const pid = process.env['WATCHDOG_PID'];
  if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return null;
  if (pid !== undefined && pid !== '' && Number(pid) !== process.pid) return null;
  return microseconds / 1000;
}

type Send = (socket: number, text: string) => void;

function sendOnce(c: Libc, path: string, text: string, send: Send = plainly(c)): void {
  const address = encodeUnixAddress(path);
  const fd = c.socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0);
  if (fd === -1) return;
  try {
    if (c.connect(fd, address, address.length) === 0) send(fd, text);
  } finally {
    closeSync(fd);
  }
}

function plainly(c: Libc): Send {
  return (socket, text) => {
    const bytes = Buffer.from(text);
    c.send(socket, bytes, BigInt(bytes.length), linux.MSG_NOSIGNAL);
  };
}

/** The unit needs NotifyAccess=all for it: the message comes from a child. */
function runNotify(text: string): void {
  const child = spawn('systemd-notify', ['--', ...text.split('\n').filter((line) => line !== '')], { stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
}
