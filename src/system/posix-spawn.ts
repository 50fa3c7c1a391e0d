import { closeSync, readdirSync } from 'node:fs';
import os from 'node:os';

import type { Command } from '../contract/program.ts';
import { linux } from './constants.ts';
import { explainFailure, programPaths } from './find-program.ts';
import type { Libc } from './libc.ts';
import { duplicate, setCloseOnExec } from './sockets.ts';
import { systemError } from './system-error.ts';
import { wordBlock } from './word-block.ts';

/**
 * posix_spawn: a child that shares our memory until it has become the program, so that no page tables are copied.
 * Leads a process group of its own; signals at their defaults and unblocked; no descriptor but those given,
 * which are 0, 1, 2 and so on there. Returns the pid; by then the program runs. Throws, with nothing left behind, when it could not be started.
 */
export function posixSpawn(c: Libc, command: Command, stdio: readonly number[]): number {
  const moved = outOfTheWay(stdio);
  try {
    return start(c, command, moved.stdio);
  } finally {
    for (const fd of moved.copies) closeSync(fd);
  }
}

// 336 bytes with glibc and with musl; the file actions are 80.
const attributesBytes = 1024;
const actionsBytes = 256;
const pidOut = new Int32Array(new ArrayBuffer(8));
let attributes: Buffer | undefined;

function start(c: Libc, command: Command, stdio: readonly number[]): number {
  attributes ??= makeAttributes(c);
  if (c.closeFrom === null) closeOnExecEverything();
  return tryEach(c, command, { actions: actionsFor(c, stdio, command.directory), attributes });
}

/**
 * What the child does before it becomes the program. Descriptors have the same few low numbers again and again, so
 * what was prepared for them is kept.
 */
function actionsFor(c: Libc, stdio: readonly number[], directory: string): Buffer {
  const key = `${stdio.join(' ')} ${directory}`;
  const known = prepared.get(key);
  if (known !== undefined) return known;
  if (prepared.size >= maxPrepared) {
    for (const old of prepared.values()) c.posix_spawn_file_actions_destroy(old);
    prepared.clear();
  }
  const actions = Buffer.alloc(actionsBytes);
  c.posix_spawn_file_actions_init(actions);
  try {
    for (const [i, fd] of stdio.entries()) added(c.posix_spawn_file_actions_adddup2(actions, fd, i));
    added(c.posix_spawn_file_actions_addchdir_np(actions, Buffer.from(`${directory}\0`)));
    if (c.closeFrom !== null) added(c.closeFrom(actions, stdio.length));
  } catch (error) {
    c.posix_spawn_file_actions_destroy(actions);
    throw error;
  }
  prepared.set(key, actions);
  return actions;
}

const prepared = new Map<string, Buffer>();
const maxPrepared = 512;

function tryEach(c: Libc, command: Command, how: { actions: Buffer; attributes: Buffer }): number {
  const words = wordBlock(c, command.argv, command.env);
  let failure = notFound;
  for (const path of programPaths(command.path, command.env['PATH'])) {
    const error = c.posix_spawn(pidOut, Buffer.from(`${path}\0`), how.actions, how.attributes, words.argv, words.envp);
    if (error === 0) return pidOut[0]!;
    // execvp(3): a folder of PATH without the program is no failure, one that forbids it only if no other has it.
    if (failure === notFound) failure = error;
    if (error !== notFound && error !== notFolder && error !== forbidden) break;
  }
  const { code } = systemError('', failure);
  throw systemError(explainFailure(command, code), failure);
}

const { ENOENT: notFound, EACCES: forbidden, ENOTDIR: notFolder } = os.constants.errno;

/** posix_spawn's functions return their error number: ENOMEM, or EBADF for a negative descriptor. */
function added(error: number): void {
  if (error !== 0) throw systemError('prepare a program', error);
}

function makeAttributes(c: Libc): Buffer {
  const made = Buffer.alloc(attributesBytes);
  const everySignal = Buffer.alloc(128, 0xff);
  const noSignal = Buffer.alloc(128);
  c.posix_spawnattr_init(made);
  c.posix_spawnattr_setsigdefault(made, everySignal);
  c.posix_spawnattr_setsigmask(made, noSignal);
  const flags = linux.POSIX_SPAWN_SETPGROUP | linux.POSIX_SPAWN_SETSIGDEF | linux.POSIX_SPAWN_SETSIGMASK;
  c.posix_spawnattr_setflags(made, flags);
  return made;
}

/** dup2 goes 0, 1, 2 and on: a descriptor that an earlier step overwrites is needed under another number. */
function outOfTheWay(stdio: readonly number[]): { stdio: readonly number[]; copies: number[] } {
  if (stdio.every((fd, i) => fd >= i)) return { stdio, copies: [] };
  const copies: number[] = [];
  const copy = (fd: number, i: number): number => {
    if (fd >= i) return fd;
    const moved = duplicate(fd);
    copies.push(moved);
    return moved;
  };
  return { stdio: stdio.map(copy), copies };
}

/** Without closefrom: what we inherited ourselves must not go on to programs. All that Node opens is close-on-exec already. */
function closeOnExecEverything(): void {
  if (isClosedOnExec) return;
  isClosedOnExec = true;
  for (const name of readdirSync('/proc/self/fd')) {
    if (Number(name) < 3) continue;
    try {
      setCloseOnExec(Number(name), true);
    } catch {
      // The folder's own descriptor, which was in the list, is closed by now.
    }
  }
}

let isClosedOnExec = false;
