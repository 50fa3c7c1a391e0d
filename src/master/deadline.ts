import type { ToWorker } from '../contract/channel.ts';

/** Ends a worker that was told to end and does not: one that was taken over, or that a bug keeps, would stay on the ports. */
export interface Deadline {
  /** Every message to the worker comes by here. */
  told(message: ToWorker): void;
  /** The worker has ended. */
  met(): void;
}

// What a worker takes at the longest after the deadline that it was told: six seconds for last words, ten for its services
// to stop.
const graceMs = 20_000;
const longestTimerMs = 2 ** 31 - 1;

export function createDeadline(missed: () => void): Deadline {
  let timer: NodeJS.Timeout | undefined;
  return {
    told(message) {
      if (message.type !== 'drain' && message.type !== 'stop') return;
      clearTimeout(timer);
      const allowedMs = message.type === 'drain' ? message.deadline : 0;
      timer = setTimeout(missed, Math.min(allowedMs + graceMs, longestTimerMs));
    },
    met: () => clearTimeout(timer),
  };
}
