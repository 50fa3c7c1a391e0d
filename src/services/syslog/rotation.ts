import { rename, rm, stat } from 'node:fs/promises';

import type { RotateOptions } from './options.ts';

export interface FileState {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970: when it was written last. */
  readonly modified: number;
}

/** When a file has to be put aside. */
export interface RotationRule {
  /** A file of which this is the state is in use from now on. */
  begin(state: FileState): void;
  /** Before so many bytes are written to it. */
  isDue(state: FileState, bytes: number): boolean;
}

export function createRotationRule({ size, age }: RotateOptions, now: () => number = Date.now): RotationRule {
  let began = 0;
  return {
    begin(state) {
      // After a restart the last line tells, and no name has to be remembered.
      if (age !== undefined) began = periodOf(state.size > 0 ? state.modified : now(), age);
    },
    isDue(state, bytes) {
      if (size !== undefined && state.size > 0 && state.size + bytes > size) return true;
      if (age === undefined) return false;
      const period = periodOf(now(), age);
      if (period === began) return false;
      // An empty file is as good as a new one.
      if (state.size === 0) began = period;
      return state.size > 0;
    },
  };
}

/** Counted from a local midnight, so that a day ends where people say it does. */
function periodOf(time: number, ageMs: number): number {
  return Math.floor((time - new Date(time).getTimezoneOffset() * 60_000) / ageMs);
}

/** PATH becomes PATH.1, PATH.1 becomes PATH.2; of more than `keep` the last one goes. Only for who holds the lock. */
export async function putAside(path: string, keep: number): Promise<void> {
  // A gap is filled: one that was interrupted by a crash has left it.
  let free = 1;
  while (free <= keep && (await exists(`${path}.${free}`))) free += 1;
  if (free > keep) {
    await rm(`${path}.${keep}`);
    free = keep;
  }
  for (let number = free; number > 1; number -= 1) await rename(`${path}.${number - 1}`, `${path}.${number}`);
  await rename(path, `${path}.1`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
