import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { CryptJob, CryptResult } from './crypt-thread.ts';
import { findFfi } from './ffi.ts';

/** The machine cannot compute this hash: that says nothing about the password. */
export class CryptUnavailable extends Error {
  override readonly name = 'CryptUnavailable';
}

/**
 * crypt(3) on a thread, so that the event loop is not held. Resolves with the whole string; null when the library refuses. Throws
 * CryptUnavailable where there is no library. The password ends at its first NUL, as everywhere in crypt(3).
 */
export async function crypt(password: Uint8Array, setting: string): Promise<string | null> {
  const { isMissing, text } = findFfi() === null ? nothing : await compute({ password, setting });
  if (isMissing) throw new CryptUnavailable('there is no libcrypt, or no node:ffi to call it with');
  return text;
}

const nothing: CryptResult = { isMissing: true, text: null };

interface Waiting {
  readonly job: CryptJob;
  resolve(result: CryptResult): void;
  reject(error: Error): void;
}

let maxThreads = Math.max(1, availableParallelism() - 1);
// One takes 40 ms to start and some megabytes to keep.
let idleMs = 10_000;
const waiting: Waiting[] = [];
const idle: CryptThread[] = [];
let threads = 0;

interface CryptThread {
  take(next: Waiting): void;
}

function compute(job: CryptJob): Promise<CryptResult> {
  return new Promise((resolve, reject) => {
    const next = { job, resolve, reject };
    const thread = idle.pop();
    if (thread !== undefined) thread.take(next);
    else if (threads < maxThreads) startThread().take(next);
    else waiting.push(next);
  });
}

/**
 * Starts the one thread that there will be, and keeps it: for a process that soon cannot read the code of another. Resolves when it
 * has all its code.
 */
export async function keepCryptThread(): Promise<void> {
  if (findFfi() === null) return;
  maxThreads = 1;
  idleMs = longestTimerMs;
  await compute({ password: new Uint8Array(0), setting: '' });
}

const longestTimerMs = 2 ** 31 - 1;

/** Works until there is nothing more to do for a while. */
function startThread(): CryptThread {
  const file = `./crypt-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  // Node's own options are for the main thread: what one loads beforehand, or evaluates, is nothing to this one.
  const worker = new Worker(new URL(file, import.meta.url), { name: 'crypt', execArgv: [] });
  let current: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  threads += 1;
  const thread: CryptThread = {
    take(next) {
      clearTimeout(timer);
      current = next;
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      worker.postMessage(next.job);
    },
  };
  worker.on('message', (result: CryptResult) => {
    current?.resolve(result);
    current = undefined;
    const next = waiting.shift();
    if (next !== undefined) return thread.take(next);
    worker.unref();
    idle.push(thread);
    timer = setTimeout(() => {
      idle.splice(idle.indexOf(thread), 1);
      void worker.terminate();
    }, idleMs).unref();
  });
  worker.on('error', (error) => current?.reject(error as Error));
  worker.on('exit', () => {
    threads -= 1;
    clearTimeout(timer);
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    // After "error" this changes nothing.
    current?.reject(new Error('the thread for crypt(3) has ended'));
    const next = waiting.shift();
    if (next !== undefined) startThread().take(next);
  });
  return thread;
}
