import type { FileHandle } from './file-handle.ts';
import { statusCodes } from './packets/constants.ts';
import { Refusal } from './status.ts';

/** As many as OpenSSH's server has at least; each may hold a descriptor. */
export const maxHandles = 1024;

/** The handles of one channel, by numbers that are never used again. */
export interface Handles {
  /** Refused when there are too many: before anything is opened. */
  reserve(): void;
  add(handle: FileHandle): number;
  get(number: number): FileHandle;
  /** It is no handle any more, whatever becomes of it. */
  take(number: number): FileHandle;
  /** All that are left. */
  drain(): readonly FileHandle[];
}

export function createHandles(limit = maxHandles): Handles {
  const open = new Map<number, FileHandle>();
  let last = 0;
  const get = (number: number): FileHandle => {
    const handle = open.get(number);
    if (handle === undefined) throw new Refusal(statusCodes.failure, 'There is no such handle');
    return handle;
  };
  return {
    reserve() {
      if (open.size >= limit) throw new Refusal(statusCodes.failure, `At most ${limit} handles are open at once`);
    },
    add(handle) {
      last = (last + 1) >>> 0;
      open.set(last, handle);
      return last;
    },
    get,
    take(number) {
      const handle = get(number);
      open.delete(number);
      return handle;
    },
    drain() {
      const all = [...open.values()];
      open.clear();
      return all;
    },
  };
}
