import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The other end of a real connection. It reads only when asked to. */
export interface Peer {
  readonly socket: Socket;
  /** Our own. */
  readonly port: number;
  /** Resolves when the bytes are with the kernel. */
  write(data: string | Buffer): Promise<void>;
  /** Exactly this many bytes; rejects when the connection ends before. */
  bytes(count: number): Promise<Buffer>;
  /** All that comes until the connection ends. */
  rest(): Promise<Buffer>;
  /** Ends our direction only (a FIN). */
  end(): void;
  /** A RST. */
  reset(): void;
}

/** Connects to a loopback port. */
export async function dial(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true, autoSelectFamily: false });
  socket.on('error', () => {});
  await once(socket, 'connect');
  let arrived = Buffer.alloc(0);
  const chunks: AsyncIterator<Buffer> = socket.iterator({ destroyOnReturn: false });
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    arrived = Buffer.concat([arrived, value]);
    return true;
  };
  return {
    socket,
    port: socket.localPort ?? 0,
    write: (data) =>
      new Promise((resolve, reject) => {
        socket.write(data, (error) => (error == null ? resolve() : reject(error)));
      }),
    async bytes(count) {
      while (arrived.length < count) {
        if (!(await more())) throw new Error(`the connection ended after ${arrived.length} of ${count} bytes`);
      }
      const taken = arrived.subarray(0, count);
      arrived = arrived.subarray(count);
      return taken;
    },
    async rest() {
      const parts: Buffer[] = [arrived];
      arrived = Buffer.alloc(0);
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) parts.push(next.value);
      return Buffer.concat(parts);
    },
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}
