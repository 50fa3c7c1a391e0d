import os from 'node:os';

import type { Child, Command, ResourceLimits } from '../contract/program.ts';
import { linux } from './constants.ts';
import { checkCommand } from './find-program.ts';
import { holdStart } from './held-start.ts';
import { libc } from './libc.ts';
import { limitResources } from './resource-limits.ts';
import { setBlocking } from './sockets.ts';
import { spawnThroughLibc } from './spawn-libc.ts';
import { spawnThroughNode } from './spawn-node.ts';
import { checked, needLibc } from './system-error.ts';

/**
 * Starts a program in a process group of its own, with signals at their defaults and unblocked, and no descriptor but
 * 0, 1, 2. Throws when it cannot be started (`code` tells why: ENOENT, EACCES, …), and then nothing was left open.
 * Descriptors given in `stdio` stay the caller's to close.
 *
 * Without node:ffi, child_process does it: slower, and descriptors that this process inherited itself are /dev/null in
 * the program instead of closed.
 */
export function spawnProgram(command: Command): Child {
  checkCommand(command);
  if (command.limits !== undefined) needLibc("limiting a program's resources");
  if (command.blocking === true && libc !== null) makeBlocking(command.stdio);
  const isPlain = command.nice === undefined && command.limits === undefined;
  const hold = libc === null || isPlain ? null : holdStart(libc, command);
  try {
    const child = withUmask(command.umask, () =>
      libc === null ? spawnThroughNode(command) : spawnThroughLibc(libc, hold?.command ?? command, hold?.gate),
    );
    if (command.nice !== undefined) renice(child, command.path, command.nice);
    if (command.limits !== undefined) limit(child, command.path, command.limits);
    hold?.release();
    return child;
  } finally {
    hold?.close();
  }
}

/** child_process does so by itself. */
function makeBlocking(stdio: Command['stdio']): void {
  for (const fd of new Set(stdio)) if (typeof fd === 'number') setBlocking(fd);
}

function withUmask<Result>(umask: number | undefined, start: () => Result): Result {
  if (umask === undefined) return start();
  const before = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

function renice(child: Child, path: string, nice: number): void {
  try {
    setNiceness(child.pid, nice);
  } catch (error) {
    // It has come to its end already: no longer of importance.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    child.kill('SIGKILL');
    throw new Error(`start ${path}: niceness ${nice} is not permitted`, { cause: error });
  }
}

function limit(child: Child, path: string, limits: ResourceLimits): void {
  try {
    limitResources(child.pid, limits);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    child.kill('SIGKILL');
    throw new Error(`start ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The group's, because the program may have started others since; Node knows only a single process's. */
function setNiceness(pid: number, nice: number): void {
  if (libc !== null) checked(libc, libc.setpriority(linux.PRIO_PGRP, pid, nice), 'set the niceness');
  else os.setPriority(pid, nice);
}
