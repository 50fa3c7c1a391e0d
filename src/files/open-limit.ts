import { TemporaryError } from '../contract/errors.ts';

/** How many files and folders all trees of a process have open at once: sessions and the house itself need descriptors too. */
export interface OpenLimit {
  /** Before something is opened; disposed of when it is closed. Throws a TemporaryError when there are too many. */
  take(): Disposable;
}

// A draft holds its own and its folder's, and so does a folder that is read.
const descriptorsEach = 2;
// Of the descriptors that the process may have.
const share = 0.5;

export function createOpenLimit(descriptors: number): OpenLimit {
  const most = Math.max(1, Math.floor((descriptors * share) / descriptorsEach));
  let taken = 0;
  return {
    take() {
      if (taken >= most) throw new TemporaryError(`${most} files are open already`);
      taken += 1;
      let isGiven = false;
      return {
        [Symbol.dispose]() {
          if (!isGiven) taken -= 1;
          isGiven = true;
        },
      };
    },
  };
}
