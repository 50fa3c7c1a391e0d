import fs from 'node:fs';
import tty from 'node:tty';

import { createDescriptorLink, type DescriptorWriter } from './descriptor.ts';
import type { OpenLink } from '../link.ts';

const stderr = 2;

/**
 * Standard error. A pipe or terminal is opened a second time in non-blocking mode where that is allowed: a thread that is
 * stuck in a write to a reader who stopped reading would keep the process from ending.
 */
export function createConsoleTarget(writer?: DescriptorWriter): OpenLink {
  let isTorn = false;
  return (listener) => {
    const fd = reopenNonBlocking() ?? stderr;
    const torn = (yes: boolean): void => {
      isTorn = yes;
    };
    const released = (): void => {
      if (fd !== stderr) fs.close(fd, () => {});
    };
    listener.opened(createDescriptorLink({ fd, released, isTorn, writer, torn }));
    return () => {};
  };
}

/** A mode of its own, which nobody else who has this pipe or terminal sees. Not for sockets, which cannot be opened by path. */
function reopenNonBlocking(): number | null {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  try {
    if (!tty.isatty(stderr) && !fs.fstatSync(stderr).isFIFO()) return null;
    return fs.openSync('/proc/self/fd/2', O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return null;
  }
}
