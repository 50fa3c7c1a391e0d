import { readFileSync } from 'node:fs';
import os from 'node:os';

import type { Exit } from '../contract/program.ts';
import { linux } from './constants.ts';
import { decodeExit } from './exit-status.ts';
import { libc } from './libc.ts';
import type { Libc } from './libc.ts';
import { systemError } from './system-error.ts';

/**
 * Waits for the children that libc started for us, by their own pids only: `waitpid(-1)` would take the children of
 * node:child_process away from it.
 */
export function onExit(c: Libc, pid: number, ended: (exit: Exit) => void): void {
  startListening(c);
  children.set(pid, ended);
  stayAlive ??= setInterval(() => {}, 2 ** 31 - 1);
  if (children.size === 1) stayAlive.ref();
}

/** To be called before a child is started, so that no SIGCHLD comes unheard. */
export function startListening(c: Libc): void {
  if (isListening) return;
  isListening = true;
  // Node never keeps the loop alive for a signal's listener, so it can stay: adding and removing it costs system calls.
  process.on('SIGCHLD', () => reapAll(c));
}

/** Waits for a child that this process has from before an execve. Rejects when it is no child of ours. */
export function adoptPid(pid: number): Promise<Exit> {
  const c = libc;
  if (c === null) return watchStat(pid);
  return new Promise((resolve, reject) => {
    onExit(c, pid, resolve);
    // It may have ended long ago, its SIGCHLD gone to the image before this one.
    const error = reap(c, pid);
    if (error === 0) return;
    forget(pid);
    reject(systemError(`wait for process ${pid}`, error));
  });
}

const children = new Map<number, (exit: Exit) => void>();
let isListening = false;

// A child keeps this process alive, as one of node:child_process does.
let stayAlive: NodeJS.Timeout | undefined;

// The fields of interest only; the structures are larger.
const information = new Int32Array(new ArrayBuffer(128));
const status = new Int32Array(new ArrayBuffer(8));

/** Up to so many children are asked one by one; with more, the kernel is asked who has ended. */
const fewChildren = 3;

function reapAll(c: Libc): void {
  // Signals coalesce: one SIGCHLD may stand for many ends, and each end comes with a signal after it or with it.
  while (children.size > fewChildren) {
    information[siPid] = 0;
    if (c.waitid(linux.P_ALL, 0, information, linux.WEXITED | linux.WNOHANG | linux.WNOWAIT) === -1) break;
    const pid = information[siPid];
    if (pid === 0) return;
    // A stranger (child_process has yet to take it) hides who stands behind it.
    if (pid === undefined || !children.has(pid)) break;
    if (reap(c, pid) !== 0) break;
  }
  for (const pid of children.keys()) if (reap(c, pid) !== 0) finish(pid, unknownExit);
}

/** Where siginfo_t has si_pid, in units of 4 bytes: after signo, errno, code and padding. */
const siPid = 4;

/** 0, or the error number when the process is no child of ours. */
function reap(c: Libc, pid: number): number {
  const result = c.waitpid(pid, status, linux.WNOHANG);
  if (result === -1) return c.errno();
  if (result === pid) finish(pid, decodeExit(status[0]!));
  return 0;
}

function finish(pid: number, exit: Exit): void {
  const ended = children.get(pid);
  forget(pid);
  ended?.(exit);
}

function forget(pid: number): void {
  children.delete(pid);
  if (children.size === 0) stayAlive?.unref();
}

/** Somebody else took it away from us: that it has ended is all there is to know. */
const unknownExit: Exit = { status: null, signal: null };

/** Without libc nobody can reap it; its end is seen in proc(5) (field 3: Z; field 52: the wait status). */
async function watchStat(pid: number): Promise<Exit> {
  for (;;) {
    const exit = readStat(pid);
    if (exit !== 'running') return exit;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const pollMs = 500;

function readStat(pid: number): Exit | 'running' {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    throw systemError(`wait for process ${pid}`, noChildren);
  }
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (Number(fields[1]) !== process.pid) throw systemError(`wait for process ${pid}`, noChildren);
  return fields[0] === 'Z' ? decodeExit(Number(fields[49])) : 'running';
}

const noChildren = os.constants.errno.ECHILD;
