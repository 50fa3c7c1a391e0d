import { closeSync } from 'node:fs';
import net from 'node:net';
import { Readable } from 'node:stream';

import { linux } from './constants.ts';
import { drain, listenLater, type Waiting } from './error-output.ts';
import type { Libc } from './libc.ts';
import { checked } from './system-error.ts';

export interface LateOutput {
  readonly stream: Readable;
  /** Takes in what was written until now, at once. */
  programEnded(): void;
}

/**
 * What a program writes, as a stream that looks at the pipe late: a program that has ended by then costs one read, in
 * place of a handle in the event loop. `fd` is closed from here.
 */
export function createLateOutput(c: Libc, fd: number): LateOutput {
  let socket: net.Socket | null = null;
  const stream = new Readable({
    read: () => void socket?.resume(),
    destroy(error, done) {
      end();
      done(error);
    },
  });
  const turn: Waiting = { since: performance.now(), isOver: false, begin: listen };
  listenLater(turn);
  return {
    stream,
    programEnded() {
      if (turn.isOver || socket !== null) return;
      // Not before now: the end of those that live long is the event loop's to read.
      checked(c, c.fcntl(fd, linux.F_SETFL, linux.O_NONBLOCK), 'make a pipe non-blocking');
      const isComplete = drain(c, fd, (chunk) => void stream.push(chunk));
      if (!isComplete) return listen();
      end();
      stream.push(null);
    },
  };

  function listen(): void {
    turn.isOver = true;
    socket = new net.Socket({ fd, readable: true, writable: false });
    socket.on('data', (chunk: Buffer) => {
      if (!stream.push(chunk)) socket?.pause();
    });
    socket.on('end', () => stream.push(null));
    // An error of a pipe that is read from can only mean its end.
    socket.on('error', () => stream.push(null));
  }

  function end(): void {
    if (socket !== null) return void socket.destroy();
    if (turn.isOver) return;
    turn.isOver = true;
    closeSync(fd);
  }
}
