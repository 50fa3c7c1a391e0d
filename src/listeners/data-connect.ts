import net from 'node:net';

import { PeerError, reasonOf } from '../contract/errors.ts';
import { dataSocketOptions, endpointsOf, type DataSocket } from './data-connection.ts';

export interface ConnectOptions {
  readonly to: string;
  readonly port: number;
  /** One of our addresses; null: the kernel's choice. */
  readonly from: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Nothing is read from it yet. */
export async function connectData({ to, port, from, timeoutMs, signal }: ConnectOptions): Promise<DataSocket> {
  const socket = new net.Socket(dataSocketOptions);
  // Before it connects: afterwards it would read at once.
  socket.pause();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new PeerError('the peer does not answer on its data port')), timeoutMs);
  const onAbort = (): void => reject(signal.reason);
  const failed = (error: Error): void => {
    reject(new PeerError(`no connection to the peer's data port: ${reasonOf(error)}`, { cause: error }));
  };
  signal.addEventListener('abort', onAbort);
  socket.once('connect', resolve);
  socket.on('error', failed);
  socket.connect({ host: to, port, autoSelectFamily: false, ...(from === null ? {} : { localAddress: from }) });
  try {
    await promise;
    const ends = endpointsOf(socket);
    if (ends === null) throw new PeerError('the peer left its data connection at once');
    return { socket, ...ends };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.off('error', failed);
    socket.on('error', () => {});
  }
}
