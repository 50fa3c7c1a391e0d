import type { Duplex } from 'node:stream';

import type { Channel } from 'ssh2';

export interface MemoryWatch {
  readonly stream: Duplex;
  readonly channels: ReadonlySet<Channel>;
  /** The peer has sent more than it was told there is room for. */
  readonly onFlood: () => void;
}

// Answers that a peer does not take.
const maxPendingBytes = 4 << 20;
// Twice what the library ever says that there is room for.
const maxWaitingBytes = 4 << 20;

/** The library answers whether or not anybody reads, and keeps what comes whether or not there was room. */
export function watchMemory({ stream, channels, onFlood }: MemoryWatch): void {
  stream.on('data', () => {
    if (stream.writableLength > maxPendingBytes) {
      stream.pause();
      stream.once('drain', () => stream.resume());
    }
    for (const channel of channels) if (channel.readableLength > maxWaitingBytes) onFlood();
  });
}
