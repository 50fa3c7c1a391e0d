import fs from 'node:fs';

import { createDescriptorLink, type DescriptorWriter } from './descriptor.ts';
import type { OpenLink } from '../link.ts';

export interface FileTarget {
  readonly open: OpenLink;
  /** From the next opening on: this descriptor; without one, the path. */
  replace(fd: number | undefined): void;
  /** The next link that closes was the last. */
  close(): void;
}

export interface FileTargetOptions {
  readonly path: string;
  /** Opened by someone with more rights than we may have, with O_APPEND; ours from here on. */
  readonly fd: number | undefined;
  /** The path could not be opened anew, so that lines go on to the file that was open. */
  readonly kept: (error: Error) => void;
  readonly writer?: DescriptorWriter | undefined;
}

const mode = 0o640;

/** A log file. A descriptor that was given outlives a failed write, because this process may not be allowed to open the path. */
export function createFileTarget({ path, fd, kept, writer }: FileTargetOptions): FileTarget {
  let given = fd;
  let wantsPath = fd === undefined;
  let isLinked = false;
  let isTorn = false;
  let isClosed = false;

  return {
    open(listener) {
      try {
        const opened = openDescriptor();
        isLinked = true;
        const torn = (yes: boolean): void => {
          isTorn = yes;
        };
        const released = (): void => {
          isLinked = false;
          if (opened !== given || isClosed) fs.close(opened, () => {});
        };
        listener.opened(createDescriptorLink({ fd: opened, released, isTorn, writer, torn }));
      } catch (error) {
        listener.broke(error as Error);
      }
      return () => {};
    },
    replace(next) {
      wantsPath = next === undefined;
      if (next === undefined) return;
      drop(next);
      given = next;
      isTorn = false;
    },
    close() {
      isClosed = true;
    },
  };

  function openDescriptor(): number {
    if (!wantsPath && given !== undefined) return given;
    try {
      const opened = fs.openSync(path, 'a', mode);
      drop(opened);
      given = undefined;
      return opened;
    } catch (error) {
      // Lines in a file that was moved away are better than no lines.
      if (given === undefined) throw error;
      kept(error as Error);
      wantsPath = false;
      return given;
    }
  }

  /** A link that still uses the old descriptor closes it itself. */
  function drop(next: number): void {
    if (given !== undefined && given !== next && !isLinked) fs.close(given, () => {});
  }
}
