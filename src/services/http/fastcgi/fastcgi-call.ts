import type { Socket } from 'node:net';
import { Readable } from 'node:stream';

import { createFastCgiReader, encodeFastCgiRequest, encodeStdin, type FastCgiEnd } from '../../../wire/fastcgi.ts';
import type { Call } from './call.ts';
import { createSocketWriter } from './socket-writer.ts';

export interface FastCgiCallOptions {
  readonly socket: Socket;
  /** The number of the request on this connection: 1 to 65535. */
  readonly request: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly keep: boolean;
  readonly onStderr: (chunk: Buffer) => void;
  /** The request is over, and the connection free for another. */
  readonly onEnd: (how: FastCgiEnd) => void;
}

/** One request on a connection that is its own until it is over: the body goes in, what the script writes comes out. */
export function callFastCgi(options: FastCgiCallOptions): Call {
  const { socket, request, variables, keep, onStderr, onEnd } = options;
  const reader = createFastCgiReader(request);
  const output = new Readable({
    read: () => void socket.resume(),
    destroy: (error, done) => {
      // Nobody wants the rest of it: without the connection the backend knows.
      if (!isOver) socket.destroy();
      done(error);
    },
  });
  let isOver = false;
  const take = (chunk: Buffer): void => {
    try {
      for (const record of reader.push(chunk)) {
        if (record.type === 'stderr') onStderr(record.content);
        else if (record.type === 'end') return finish(record.how);
        // An empty one ends the script's output, but the request is over only when it is said to be.
        else if (record.content.length > 0 && !output.push(record.content)) socket.pause();
      }
    } catch (error) {
      fail(error as Error);
    }
  };
  const release = (): void => {
    isOver = true;
    socket.off('data', take).off('end', breakOff).off('close', breakOff);
  };
  const finish = (how: FastCgiEnd): void => {
    release();
    if (how === 'complete') output.push(null);
    else output.destroy(new Error(`it refused the request: ${how}`));
    onEnd(how);
  };
  const fail = (error: Error): void => {
    release();
    socket.destroy();
    output.destroy(error);
  };
  const breakOff = (): void => fail(new Error('it closed the connection'));
  socket.on('data', take).on('end', breakOff).on('close', breakOff);
  socket.write(encodeFastCgiRequest({ request, variables, keep }));
  const encode = (chunk: Buffer): Buffer => encodeStdin(request, chunk);
  return { input: createSocketWriter(socket, { encode, last: encode(nothing) }), output };
}

const nothing = Buffer.alloc(0);
