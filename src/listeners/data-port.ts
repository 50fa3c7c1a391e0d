import { randomInt } from 'node:crypto';
import net, { type Server, type Socket } from 'node:net';

import type { DataPort, PortRange } from '../contract/data-connection.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError, TemporaryError } from '../contract/errors.ts';
import type { Logger } from '../contract/logger.ts';
import { plainAddress } from '../wire/source.ts';
import { dataSocketOptions, endpointsOf, type DataSocket, type LiveData } from './data-connection.ts';

export interface DataPortOptions {
  /** One of ours. */
  readonly address: string;
  /** null: any free port. */
  readonly ports: PortRange | null;
  /** Addresses that may come. */
  readonly peers: readonly string[];
  readonly log: Logger;
  begin(arrived: DataSocket): LiveData;
}

// One connection is wanted; the others are for strangers who stand before it.
const backlog = 8;

/** Takes one connection, and is closed then. */
export async function openDataPort(options: DataPortOptions): Promise<DataPort> {
  const { peers, log, begin } = options;
  const { promise: arrival, resolve, reject } = Promise.withResolvers<LiveData>();
  // Who never asks has nothing to hear.
  arrival.catch(() => {});
  let state: 'waiting' | 'arrived' | 'taken' | 'closed' = 'waiting';
  let hasLogged = false;

  const arrive = (socket: Socket): void => {
    const ends = endpointsOf(socket);
    if (ends === null || state !== 'waiting') return void socket.destroy(); // it left before we looked, or comes too late
    if (!peers.includes(ends.peer.address)) return turnAway(socket, ends.peer);
    state = 'arrived';
    server.close();
    resolve(begin({ socket, ...ends }));
  };
  const turnAway = (socket: Socket, stranger: Endpoint): void => {
    socket.destroy();
    if (hasLogged) return;
    hasLogged = true;
    log.notice('somebody other than the peer came to a data port', { stranger: stranger.address });
  };

  const server = await listen(options, arrive);
  const { address, port, family } = server.address() as net.AddressInfo;
  const close = (): void => {
    if (state === 'arrived') void arrival.then((data) => data.destroy());
    if (state === 'taken' || state === 'closed') return;
    state = 'closed';
    server.close();
    reject(new PeerError('the data port was closed'));
  };
  return {
    local: { address: plainAddress(address), port, family: family === 'IPv6' ? 'IPv6' : 'IPv4' },
    async accept({ timeoutMs, signal }) {
      signal.throwIfAborted();
      const timer = setTimeout(() => reject(new PeerError('nobody came to the data port in time')), timeoutMs);
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      try {
        const data = await arrival;
        state = 'taken';
        return data;
      } catch (error) {
        close();
        throw error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      }
    },
    [Symbol.dispose]: close,
  };
}

/** Binding is the only way to know that a port is free: others, and our other workers, take ports from the same range. */
async function listen({ address, ports }: DataPortOptions, arrive: (socket: Socket) => void): Promise<Server> {
  for (const port of ports === null ? [0] : shuffled(ports)) {
    try {
      return await bind(address, port, arrive);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EMFILE' || code === 'ENFILE')
        throw new TemporaryError('there are no descriptors left', null, { cause: error });
      if (code !== 'EADDRINUSE') throw error;
    }
  }
  throw new TemporaryError('all ports for data connections are in use');
}

async function bind(host: string, port: number, arrive: (socket: Socket) => void): Promise<Server> {
  const server = net.createServer({ ...dataSocketOptions, pauseOnConnect: true }, arrive);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('listening', resolve);
  // Afterwards: accept() failed, and the peer will have to try again.
  server.on('error', reject);
  server.listen({ host, port, backlog, exclusive: true, ipv6Only: true });
  await promise;
  return server;
}

/** Every port of the range once, in an order that nobody can tell: from anywhere in it, in steps that share no factor with its size. */
function* shuffled({ first, last }: PortRange): Generator<number> {
  const size = last - first + 1;
  const start = randomInt(size);
  let step = size === 1 ? 1 : randomInt(1, size);
  while (greatestDivisor(step, size) > 1) step = (step % size) + 1;
  for (let turn = 0; turn < size; turn++) yield first + ((start + turn * step) % size);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
