import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import os from 'node:os';

import type { Child, Command, Exit } from '../contract/program.ts';
import { explainFailure, programPaths } from './find-program.ts';
import { killGroup } from './kill-group.ts';
import { nullDevice } from './null-device.ts';
import { systemError } from './system-error.ts';

/** The same through child_process, where there is no node:ffi. */
export function spawnThroughNode(command: Command): Child {
  const stdio = [...command.stdio.map((entry) => entry ?? nullDevice()), ...coverInherited()];
  const child = spawn(findProgram(command), command.argv.slice(1), {
    argv0: command.argv[0],
    cwd: command.directory,
    env: { ...command.env },
    // A session, and so a process group, of its own.
    detached: true,
    stdio,
  });
  // Comes after a failed start, whose reason is thrown below, and after a failed kill, which does not matter.
  child.on('error', () => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`start ${command.path}: it could not be started`);
  const errors = child.stderr;
  let stderr: Readable | null = null;
  if (errors !== null && command.onStderr !== undefined) errors.on('data', command.onStderr);
  else if (errors !== null) stderr = keep(errors);
  return {
    pid,
    exited: new Promise<Exit>((resolve) => {
      child.on('exit', (status, signal) => {
        if (errors === null) return resolve({ status, signal });
        afterOutput(errors, command.onStderr === undefined ? 0 : graceMs, () => resolve({ status, signal }));
      });
    }),
    kill(signal) {
      if (child.exitCode === null && child.signalCode === null) killGroup(pid, signal);
    },
    stdin: child.stdin,
    stdout: child.stdout,
    stderr,
  };
}

/** child_process throws away, at the end, what nobody has asked for yet. */
function keep(output: Readable): Readable {
  const kept = new PassThrough();
  output.on('close', () => kept.end());
  return output.pipe(kept);
}

/** How long the last output may take to arrive, and how long others may hold on to an ended program's stderr. */
const graceMs = 250;
const lingerMs = 5_000;

function afterOutput(output: Readable, withinMs: number, then: () => void): void {
  setTimeout(() => output.destroy(), lingerMs).unref();
  if (withinMs === 0 || output.readableEnded) return then();
  const timer = setTimeout(then, withinMs);
  output.once('close', () => {
    clearTimeout(timer);
    then();
  });
}

/** child_process tells of a failed start later and with fewer words: so look first. */
function findProgram(command: Command): string {
  let failure = notFound;
  for (const path of programPaths(command.path, command.env['PATH'])) {
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile() && isFolder(command.directory)) return path;
      failure = forbidden;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') failure = forbidden;
    }
  }
  if (!isFolder(command.directory)) failure = notFound;
  throw systemError(explainFailure(command, systemError('', failure).code), failure);
}

const { ENOENT: notFound, EACCES: forbidden } = os.constants.errno;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * What this process inherited itself would go on to every program, listening sockets among it. child_process cannot
 * close it there, but it can put /dev/null in its place.
 */
function coverInherited(): ('ignore' | number)[] {
  inherited ??= listInherited();
  const cover: ('ignore' | number)[] = [];
  for (const fd of inherited) {
    while (cover.length < fd - 3) cover.push('ignore');
    cover[fd - 3] = nullDevice();
  }
  return cover;
}

let inherited: number[] | undefined;

/** Descriptors without close-on-exec: Node itself opens none. */
function listInherited(): number[] {
  const fds = readdirSync('/proc/self/fdinfo').map(Number);
  return fds.filter((fd) => fd > 2 && !isClosedOnExec(fd)).toSorted((a, b) => a - b);
}

function isClosedOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & 0o2000000) !== 0;
  } catch {
    // The descriptor of the folder that was read.
    return true;
  }
}
