import type { Socket } from 'node:net';

import { createMessageReader, encodeMessage } from './channel-lines.ts';

export interface Channel<Out> {
  /** Throws RangeError for a message longer than a line may be; does nothing once closed. */
  send(message: Out): void;
  /** What was sent before still goes out. */
  close(): void;
}

/**
 * Messages as JSON lines over a socket pair. `close` is called once, whoever closed and for whatever reason: a broken
 * line and a reader that does not keep up close as well, because neither gets better by waiting.
 */
export function createChannel<Out, In>(
  socket: Socket,
  on: { message(message: In): void; close(): void },
): Channel<Out> {
  let isOpen = true;
  const read = createMessageReader((message) => {
    if (isOpen) on.message(message as In);
  });
  socket.on('data', (chunk: Buffer) => {
    if (isOpen && !read(chunk)) stop();
  });
  socket.on('error', () => {
    // 'close' follows.
  });
  socket.on('end', stop);
  socket.on('close', () => {
    isOpen = false;
    on.close();
  });
  return {
    send(message) {
      const line = encodeMessage(message);
      if (!isOpen) return;
      if (socket.writableLength + line.length > maxQueuedBytes) return stop();
      socket.write(line);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      // The other side's half is not waited for: it may be stuck.
      socket.end(() => socket.destroy());
    },
  };

  function stop(): void {
    isOpen = false;
    socket.destroy();
  }
}

const maxQueuedBytes = 64 * 1024 * 1024;
