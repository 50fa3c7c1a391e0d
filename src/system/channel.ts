import type { Socket } from 'node:net';

import { createMessageReader, encodeMessage } from './channel-lines.ts';

export interface Channel<Out> {
  /** Throws RangeError for a message longer than a line may be; does nothing once closed. */
  send(message: Out): void;
  /** What was sent before still goes out. */
  close(): void;
  /**
   * The last words: nothing can be sent after them. Resolves when the other side has closed as well, and so has heard them.
   * Who just ends may not be heard: as soon as the other side says something to nobody, its socket breaks, with all
   * that it has not read yet.
   */
  end(): Promise<void>;
  /** Resolves when the system has all that was sent so far. */
  flushed(): Promise<void>;
  /** What has come of a message that is not whole yet: whoever goes on with this socket has to begin with it. */
  rest(): Buffer;
}

/**
 * Messages as JSON lines over a socket pair. `close` is called once, whoever closed and for whatever reason: a broken
 * line and a reader that does not keep up close as well, because neither gets better by waiting. `begun` is the `rest`
 * of who had the socket before.
 */
export function createChannel<Out, In>(
  socket: Socket,
  on: { message(message: In): void; close(): void },
  begun: Buffer = Buffer.alloc(0),
): Channel<Out> {
  let isOpen = true;
  let rest: Buffer[] = [];
  const read = createMessageReader((message) => {
    if (isOpen) on.message(message as In);
  });
  const take = (chunk: Buffer): void => {
    if (!isOpen) return;
    const end = chunk.lastIndexOf(newline) + 1;
    rest = end === 0 ? [...rest, chunk] : [chunk.subarray(end)];
    if (!read(chunk)) stop();
  };
  if (begun.length > 0) take(begun);
  socket.on('data', take);
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
    end() {
      if (!isOpen) return Promise.resolve();
      isOpen = false;
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.end();
      return closed;
    },
    flushed() {
      if (!isOpen || socket.writableLength === 0) return Promise.resolve();
      // Called back after everything before it, or when the socket breaks.
      return new Promise((resolve) => socket.write('', () => resolve()));
    },
    rest: () => Buffer.concat(rest),
  };

  function stop(): void {
    isOpen = false;
    socket.destroy();
  }
}

const newline = 0x0a;
const maxQueuedBytes = 64 * 1024 * 1024;
