/**
 * Watches that a worker does not run out of descriptors. The kernel gives the lowest free number, so a high number
 * means that few are left; nothing has to be counted.
 */
export interface DescriptorGuard {
  /** True when the connection with this descriptor is one of the last that fit: all listeners of the worker pause. */
  check(fd: number): void;
  /** A descriptor was refused by the system (EMFILE, ENFILE). */
  exhausted(): void;
  /** A session ended: a paused worker looks whether it can go on. */
  released(): void;
  /** Registers a listener's pause and resume; returns the function that takes it off again. */
  register(pausable: Pausable): () => void;
}

export interface Pausable {
  pause(): void;
  resume(): void;
}

export interface DescriptorGuardOptions {
  readonly limit: number;
  /** Descriptors kept free for files, programs, log connections. */
  readonly reserve?: number;
  readonly onPause: () => void;
  readonly onResume: () => void;
}

// Released by sessions before accepting again, so that it is not one in, one out at the edge.
const releasesBeforeResume = 16;
const lookAgainMs = 1_000;
// Accepting for this long without a new pause: it is over, and worth a line.
const settledMs = 5_000;

export function createDescriptorGuard(options: DescriptorGuardOptions): DescriptorGuard {
  const reserve = options.reserve ?? Math.min(64, Math.ceil(options.limit / 8));
  const highest = options.limit - reserve;
  const pausables = new Set<Pausable>();
  let isPaused = false;
  let isAnnounced = false;
  let releases = 0;
  let timer: NodeJS.Timeout | undefined;

  // Out of descriptors: accepting faster cannot help, so let some sessions end first. What waits in the kernel's
  // queue is not refused.
  const pause = (): void => {
    if (isPaused) return;
    isPaused = true;
    releases = 0;
    if (!isAnnounced) options.onPause();
    isAnnounced = true;
    for (const pausable of pausables) pausable.pause();
    // Descriptors are also freed by files and programs, which nobody reports here.
    later(resume, lookAgainMs);
  };
  const resume = (): void => {
    isPaused = false;
    later(settle, settledMs);
    for (const pausable of pausables) pausable.resume();
  };
  const settle = (): void => {
    isAnnounced = false;
    options.onResume();
  };
  const later = (action: () => void, ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
    timer.unref();
  };
  return {
    check(fd) {
      if (fd >= highest) pause();
    },
    exhausted: pause,
    released() {
      if (isPaused && ++releases >= releasesBeforeResume) resume();
    },
    register(pausable) {
      pausables.add(pausable);
      return () => pausables.delete(pausable);
    },
  };
}
