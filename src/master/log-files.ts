import fs from 'node:fs';
import { dirname } from 'node:path';

import { exitCodes, ExitError, reasonOf } from '../contract/errors.ts';
import type { LoggingPlan } from '../contract/plan.ts';

/**
 * The log files' descriptors. The master opens them, because a worker of another identity may not, and passes them on:
 * by inheritance when a worker starts, over its descriptor socket when they are opened again (rotation).
 */
export interface LogFiles {
  /** Opens what the plan names and is not open yet. Throws with the path when one cannot be opened. */
  open(plan: LoggingPlan): Readonly<Record<string, number>>;
  /** Opens all again by their paths and closes the old descriptors; all by path. One that cannot be opened stays as it is. */
  reopen(): Readonly<Record<string, number>>;
  /** Closes what this plan does not name. */
  keepOnly(plan: LoggingPlan): void;
}

export function createLogFiles(): LogFiles {
  const descriptors = new Map<string, number>();
  return {
    open(plan) {
      const wanted = pathsOf(plan);
      for (const path of wanted) if (!descriptors.has(path)) descriptors.set(path, openLog(path));
      return Object.fromEntries(wanted.map((path) => [path, descriptors.get(path) as number]));
    },
    reopen() {
      for (const [path, fd] of descriptors) {
        try {
          descriptors.set(path, openLog(path));
        } catch {
          // Lines go on into the old file. The master's own log opens the same paths, and says what is wrong.
          continue;
        }
        fs.closeSync(fd);
      }
      return Object.fromEntries(descriptors);
    },
    keepOnly(plan) {
      const wanted = new Set(pathsOf(plan));
      for (const [path, fd] of descriptors) {
        if (wanted.has(path)) continue;
        descriptors.delete(path);
        fs.closeSync(fd);
      }
    },
  };
}

function openLog(path: string): number {
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    return fs.openSync(path, 'a', 0o640);
  } catch (error) {
    const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
    const message = `cannot open the log file ${path}: ${reasonOf(error)}`;
    throw new ExitError(isForbidden ? exitCodes.permission : exitCodes.config, message);
  }
}

function pathsOf(plan: LoggingPlan): string[] {
  return [...new Set(plan.outputs.flatMap((output) => (output.kind === 'file' ? [output.path] : [])))];
}
