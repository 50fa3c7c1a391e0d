import { TemporaryError } from '../contract/errors.ts';

/** How many descriptors all trees of a process hold at once: sessions and the house itself need some too. */
export interface OpenLimit {
  /** Before something is opened that holds so many; disposed of when it is closed. Throws a TemporaryError when there are none. */
  take(descriptors: number): Disposable;
}

// Of the descriptors that the process may have.
const share = 0.5;

export function createOpenLimit(descriptors: number): OpenLimit {
  const most = descriptors * share;
  let taken = 0;
  return {
    take(count) {
      if (taken + count > most) throw new TemporaryError('too many files are open already');
      taken += count;
      let isGiven = false;
      return {
        [Symbol.dispose]() {
          if (!isGiven) taken -= count;
          isGiven = true;
        },
      };
    },
  };
}
