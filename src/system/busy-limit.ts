import { linux } from './constants.ts';
import { libc } from './libc.ts';

// Long after a master would have ended a worker that does not answer.
const limitSeconds = 60;
const renewMs = 5_000;

/**
 * Ends this process by SIGVTALRM when its event loop has not turned for `seconds` of computing: a loop that never returns
 * cannot see that the master was killed, and would hold the ports for ever. Time that passes while the process is stopped,
 * or its machine asleep, does not count. Does nothing without libc.
 */
export function limitBusyLoop(seconds = limitSeconds): void {
  const c = libc;
  if (c === null) return;
  // struct itimerval: what to begin with again (nothing), then the time left, each in seconds and microseconds.
  const timer = new BigInt64Array([0n, 0n, BigInt(seconds), 0n]);
  const before = new BigInt64Array(4);
  const renew = (): void => void c.setitimer(linux.ITIMER_VIRTUAL, timer, before);
  renew();
  setInterval(renew, renewMs).unref();
}
