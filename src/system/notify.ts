import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';

import { linux } from './constants.ts';
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
    else sendOnce(libc, path, Buffer.from(text));
  } catch {
    // See above.
  }
}

/** How often the service manager wants "WATCHDOG=1" at the least (sd_watchdog_enabled(3)); null when it does not. */
export function watchdogMs(): number | null {
  const microseconds = Number(process.env['WATCHDOG_USEC'] ?? '');
  const pid = process.env['WATCHDOG_PID'];
  if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return null;
  if (pid !== undefined && pid !== '' && Number(pid) !== process.pid) return null;
  return microseconds / 1000;
}

function sendOnce(c: Libc, path: string, text: Uint8Array): void {
  const address = encodeUnixAddress(path);
  const fd = c.socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0);
  if (fd === -1) return;
  if (c.connect(fd, address, address.length) === 0) c.send(fd, text, BigInt(text.length), linux.MSG_NOSIGNAL);
  closeSync(fd);
}

/** The unit needs NotifyAccess=all for it: the message comes from a child. */
function runNotify(text: string): void {
  const child = spawn('systemd-notify', ['--', ...text.split('\n').filter((line) => line !== '')], { stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
}
