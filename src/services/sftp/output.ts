import type { Duplex } from 'node:stream';

import type { Channel, Connection } from 'ssh2';

/** Where the answers on a channel go. */
export interface Output {
  /** `sent`: the bytes are no longer needed. Null when more can follow at once, else resolves when it can. */
  send(bytes: Buffer, sent?: () => void): Promise<void> | null;
}

// Of one connection, in clear and encrypted.
const maxPendingBytes = 1 << 20;

export function createOutput(channel: Channel, connection: Connection): Output {
  const stream = connection._sock;
  const gather = createGathering(stream);
  const isFull = (): boolean =>
    channel.writableNeedDrain ||
    (stream.writableLength > maxPendingBytes && stream.writableNeedDrain) ||
    // During a key exchange the library keeps everything, as long as the peer likes.
    connection._protocol._queue !== undefined;
  return {
    send(bytes, sent) {
      gather();
      channel.write(bytes, sent);
      return isFull() ? room() : null;
    },
  };

  async function room(): Promise<void> {
    while (isFull() && isOpen()) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          for (const emitter of [channel, stream]) emitter.off('drain', go).off('close', go);
          connection.off('rekey', go);
          resolve();
        };
        for (const emitter of [channel, stream]) emitter.on('drain', go).on('close', go);
        connection.on('rekey', go);
      });
    }
  }

  function isOpen(): boolean {
    return !stream.destroyed && stream.writable && channel.outgoing.state === 'open';
  }
}

/** What the library writes within a turn (each packet in three pieces) goes out by one call to the system. */
function createGathering(stream: Duplex): () => void {
  let isCorked = false;
  const release = (): void => {
    isCorked = false;
    stream.uncork();
  };
  return () => {
    if (isCorked) return;
    isCorked = true;
    stream.cork();
    process.nextTick(release);
  };
}
