import type { TftpRequest } from './packet.ts';

/** How a transfer goes, after what the peer asked for. */
export interface Terms {
  /** Bytes. */
  readonly blockSize: number;
  /** Blocks on the way at once. */
  readonly windowSize: number;
  /** Milliseconds until a packet is sent again, as the peer wants it; null: it does not say. */
  readonly timeoutMs: number | null;
  /** Bytes that a peer says it will send; null: it does not say. */
  readonly announced: number | null;
  /** What goes into the option acknowledgement; null: there is none. */
  readonly acknowledged: ReadonlyMap<string, string> | null;
}

export interface Offer {
  /** Bytes of the file that is asked for; null: they are not known, or not sent as they are. */
  readonly size: number | null;
  readonly maxBlockSize: number;
}

// RFC 1350 and RFC 2348.
const usualBlockSize = 512;
const smallestBlockSize = 8;
export const largestBlockSize = 65_464;
export const maxWindowSize = 64;
// Of one transfer: a window is kept until it is acknowledged.
export const maxWindowBytes = 512 << 10;

/** RFC 2347: an option that is unknown, or has a value that it cannot have, is as if it were not there. */
export function negotiate({ kind, options }: Pick<TftpRequest, 'kind' | 'options'>, offer: Offer): Terms {
  const acknowledged = new Map<string, string>();
  let blockSize = usualBlockSize;
  let windowSize = 1;
  let timeoutMs: number | null = null;
  let announced: number | null = null;
  for (const [name, text] of options) {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : null;
    if (value === null) continue;
    if (name === 'blksize' && value >= smallestBlockSize) {
      blockSize = Math.min(value, offer.maxBlockSize, largestBlockSize);
      acknowledged.set(name, String(blockSize));
    } else if (name === 'timeout' && value >= 1 && value <= 255) {
      // RFC 2349: the value is taken as it is, or not at all.
      timeoutMs = value * 1000;
      acknowledged.set(name, String(value));
    } else if (name === 'tsize') {
      if (kind === 'write') announced = value;
      const size = kind === 'write' ? value : offer.size;
      if (size !== null) acknowledged.set(name, String(size));
    } else if (name === 'windowsize' && value >= 1 && value <= 65_535) {
      windowSize = value;
      acknowledged.set(name, '');
    }
  }
  if (acknowledged.has('windowsize')) {
    windowSize = Math.min(windowSize, maxWindowSize, Math.max(1, Math.floor(maxWindowBytes / blockSize)));
    acknowledged.set('windowsize', String(windowSize));
  }
  return { blockSize, windowSize, timeoutMs, announced, acknowledged: acknowledged.size === 0 ? null : acknowledged };
}
