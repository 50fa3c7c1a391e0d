import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Somebody else is at work on the file. */
export class FileLocked extends Error {
  override readonly name = 'FileLocked';
}

export interface LockOptions {
  /** How long to wait for another one to be done. Default: 10 s. */
  readonly waitMs?: number;
  /** When a lock is taken for left behind, whoever holds it. Default: a minute. */
  readonly staleMs?: number;
}

const pollMs = 50;

/**
 * Runs a task while no other process does so for the same file: the file "PATH.lock" says who is at work. One that was left behind by
 * a process that is gone is taken away. Throws FileLocked.
 */
export async function withFileLock<T>(path: string, task: () => T | Promise<T>, options: LockOptions = {}): Promise<T> {
  const { waitMs = 10_000, staleMs = 60_000 } = options;
  const lock = `${path}.lock`;
  const mark = `${process.pid} ${hostname()} ${randomBytes(6).toString('hex')}\n`;
  const deadline = performance.now() + waitMs;
  while (!take(lock, mark)) {
    const holder = read(lock);
    if (holder !== null && isStale(holder, staleMs)) clear(lock, holder);
    else if (performance.now() > deadline)
      throw new FileLocked(`${path} is being changed by another process (${lock})`);
    else await delay(pollMs);
  }
  try {
    return await task();
  } finally {
    if (read(lock)?.mark === mark) fs.rmSync(lock, { force: true });
  }
}

interface Holder {
  readonly mark: string;
  readonly ageMs: number;
}

/** A link makes a name whole or not at all: nobody sees a lock without its mark. */
function take(lock: string, mark: string): boolean {
  const own = `${lock}.${mark.trim().split(' ')[2] ?? ''}`;
  fs.writeFileSync(own, mark, { flag: 'wx', mode: 0o600 });
  try {
    fs.linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** null: there is none (any more). */
function read(lock: string): Holder | null {
  try {
    return { mark: fs.readFileSync(lock, 'utf8'), ageMs: Date.now() - fs.statSync(lock).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

function isStale({ mark, ageMs }: Holder, staleMs: number): boolean {
  if (ageMs > staleMs) return true;
  const [pid, host] = mark.trim().split(' ');
  return host === hostname() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Two may find the same lock stale, and the second must not take away what the first has put in its place. */
function clear(lock: string, stale: Holder): void {
  const aside = `${lock}.stale-${randomBytes(6).toString('hex')}`;
  try {
    fs.renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (fs.readFileSync(aside, 'utf8') !== stale.mark) fs.linkSync(aside, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}
