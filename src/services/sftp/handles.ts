import type { FileHandle } from './file-handle.ts';
import { statusCodes } from './packets/constants.ts';
import { Refusal } from './status.ts';

/** Of one connection, on all of its channels. Each may hold two descriptors, and what was written last. */
export const maxHandles = 256;

/** How many handles may be open, of all that share these. */
export interface HandlePlaces {
  /** Refused when there are too many: before anything is opened. */
  take(): void;
  give(): void;
}

/** The handles of one channel, by numbers that are never used again. */
export interface Handles {
  /** Resolves with the number of what is opened. */
  open(open: () => Promise<FileHandle>): Promise<number>;
  get(number: number): FileHandle;
  /** It is no handle any more, whatever becomes of it. */
  close(number: number): Promise<void>;
  /** All that are left, one after the other. */
  drain(each: (handle: FileHandle) => Promise<void>): Promise<void>;
}

export function createHandles(places: HandlePlaces): Handles {
  const open = new Map<number, FileHandle>();
  let last = 0;
  const get = (number: number): FileHandle => {
    const handle = open.get(number);
    if (handle === undefined) throw new Refusal(statusCodes.failure, 'There is no such handle');
    return handle;
  };
  return {
    async open(opening) {
      places.take();
      try {
        const handle = await opening();
        last = (last + 1) >>> 0;
        open.set(last, handle);
        return last;
      } catch (error) {
        places.give();
        throw error;
      }
    },
    get,
    async close(number) {
      const handle = get(number);
      open.delete(number);
      await handle.close().finally(places.give);
    },
    async drain(each) {
      const all = [...open.values()];
      open.clear();
      for (const handle of all) await each(handle).finally(places.give);
    },
  };
}

export function createHandlePlaces(limit = maxHandles): HandlePlaces {
  let taken = 0;
  return {
    take() {
      if (taken >= limit) throw new Refusal(statusCodes.failure, `At most ${limit} handles are open at once`);
      taken += 1;
    },
    give() {
      taken -= 1;
    },
  };
}
