import { closeSync } from 'node:fs';
import net from 'node:net';

import type { Child, Command, Exit } from '../contract/program.ts';
import { linux } from './constants.ts';
import { collectErrorOutput, errorStream } from './error-output.ts';
import type { ErrorOutput } from './error-output.ts';
import { killGroup } from './kill-group.ts';
import { createLateOutput } from './late-output.ts';
import type { Libc } from './libc.ts';
import { nullDevice } from './null-device.ts';
import { makePipe } from './pipe.ts';
import { posixSpawn } from './posix-spawn.ts';
import { onExit, startListening } from './reaper.ts';
import { checked } from './system-error.ts';

/** `gate`: a descriptor of ours that becomes the program's 3. */
export function spawnThroughLibc(c: Libc, command: Command, gate?: number): Child {
  startListening(c);
  const ours: (number | null)[] = [null, null, null];
  const theirs: number[] = [];
  let pid: number;
  try {
    const give = (i: 0 | 1 | 2): number => {
      const entry = command.stdio[i];
      if (entry !== 'pipe') return entry ?? nullDevice();
      const ends = makePipe(c);
      ours[i] = i === 0 ? ends.write : ends.read;
      const theirEnd = i === 0 ? ends.read : ends.write;
      theirs.push(theirEnd);
      return theirEnd;
    };
    pid = posixSpawn(c, command, [give(0), give(1), give(2), ...(gate === undefined ? [] : [gate])]);
  } catch (error) {
    for (const fd of ours) if (fd !== null) closeSync(fd);
    throw error;
  } finally {
    for (const fd of theirs) closeSync(fd);
  }
  return childOf(c, pid, command, ours);
}

function childOf(c: Libc, pid: number, command: Command, [stdin, stdout, stderr]: (number | null)[]): Child {
  const { promise, resolve } = Promise.withResolvers<Exit>();
  let hasEnded = false;
  const errors = stderr == null ? null : errorOutputOf(c, stderr, command);
  const late = stdout == null || command.isBrief !== true ? null : createLateOutput(c, stdout);
  onExit(c, pid, (exit) => {
    hasEnded = true;
    errors?.programEnded();
    late?.programEnded();
    resolve(exit);
  });
  return {
    pid,
    exited: promise,
    kill(signal) {
      // Until it is reaped the number is its own; afterwards it may be anyone's.
      if (!hasEnded) killGroup(pid, signal);
    },
    stdin: stdin == null ? null : new net.Socket({ fd: stdin, readable: false, writable: true }),
    stdout: late?.stream ?? (stdout == null ? null : new net.Socket({ fd: stdout, readable: true, writable: false })),
    get stderr() {
      return errors?.stream() ?? null;
    },
  };
}

function errorOutputOf(c: Libc, fd: number, command: Command): ErrorOutput {
  checked(c, c.fcntl(fd, linux.F_SETFL, linux.O_NONBLOCK), 'make a pipe non-blocking');
  return command.onStderr === undefined ? errorStream(c, fd) : collectErrorOutput(c, fd, command.onStderr);
}
