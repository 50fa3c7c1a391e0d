import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { Refused } from './outcome.ts';

/** The peer's end of a connection. All reading fails when the connection ends before. */
export interface Connection {
  readonly socket: Socket;
  write(data: string | Buffer): void;
  /** Up to a line feed, without the end of the line. */
  line(): Promise<string>;
  bytes(count: number): Promise<Buffer>;
  /** All up to the end. */
  rest(): Promise<Buffer>;
  /** The end of what we send. */
  end(): void;
  destroy(): void;
}

export interface DialOptions {
  readonly port: number;
  readonly tls?: boolean;
  /** The connection is there. */
  readonly connected: () => void;
  /** The first bytes have come, or never will. */
  readonly answered: () => void;
}

/** Longer than any pause of a worker that is replaced: what hangs beyond is lost. */
const patienceMs = 90_000;

export async function dial({ port, tls = false, connected, answered }: DialOptions): Promise<Connection> {
  const address = { port, host: '127.0.0.1', autoSelectFamily: false, noDelay: true, allowHalfOpen: true };
  const socket = connect(address);
  await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => {
    throw new Refused(error.code ?? error.message);
  });
  connected();
  const plain = tls ? connectTls({ socket, rejectUnauthorized: false }) : socket;
  const connection = converse(plain, answered, socket);
  if (tls) await once(plain, 'secureConnect');
  return connection;
}

function converse(socket: Socket, answered: () => void, transport: Socket): Connection {
  let arrived: Buffer = Buffer.alloc(0);
  let isEnded = false;
  let failure: Error | null = null;
  let wake = (): void => {};
  const end = (error?: Error): void => {
    isEnded = true;
    failure ??= error ?? null;
    answered();
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    arrived = arrived.length === 0 ? chunk : Buffer.concat([arrived, chunk]);
    answered();
    wake();
  });
  socket.on('end', () => end());
  socket.on('error', (error) => end(error));
  socket.on('close', () => end());
  socket.setTimeout(patienceMs, () => void socket.destroy(new Error('no answer for too long')));
  const take = (count: number): Buffer => {
    const taken = arrived.subarray(0, count);
    arrived = arrived.subarray(count);
    return taken;
  };
  const more = async (what: string): Promise<void> => {
    if (isEnded) throw failure ?? new Error(`the connection ended before ${what}`);
    await new Promise<void>((resolve) => void (wake = resolve));
  };
  return {
    socket,
    write: (data) => void socket.write(data),
    async line() {
      for (;;) {
        const at = arrived.indexOf(10);
        if (at >= 0)
          return take(at + 1)
            .toString()
            .replace(/\r?\n$/, '');
        await more('a line');
      }
    },
    async bytes(count) {
      while (arrived.length < count) await more('its answer');
      return take(count);
    },
    async rest() {
      while (!isEnded) await more('its end');
      if (failure !== null) throw failure;
      return take(arrived.length);
    },
    end: () => void socket.end(),
    destroy() {
      // A reset leaves nothing in TIME_WAIT.
      transport.resetAndDestroy();
      socket.destroy();
    },
  };
}
