import dgram, { type RemoteInfo, type Socket } from 'node:dgram';

import type { Endpoint } from '../contract/endpoint.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Datagram, DatagramBytes, DatagramPort } from '../contract/session.ts';
import { libc } from '../system/libc.ts';
import { duplicate } from '../system/sockets.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { plainAddress } from '../wire/source.ts';

// Answers waiting in user space; past it they are dropped, as the network would.
const maxQueuedBytes = 1 << 20;
// What the kernel may keep while the worker is busy; it gives less where its own limit is lower.
const receiveBufferBytes = 4 << 20;

export interface DatagramListener extends Listener {
  /** The port in use: of interest where the worker had to bind for itself. */
  readonly port: number;
}

/** Receives datagrams on an inherited descriptor, or binds one where none could be inherited (`fd` below 0). */
export async function createDatagramListener(options: ListenerOptions): Promise<DatagramListener> {
  const { admission, events, local, service } = options;
  const socket = dgram.createSocket({
    type: local.family === 'IPv6' ? 'udp6' : 'udp4',
    // With udp4 the system refuses to bind.
    ipv6Only: local.family === 'IPv6',
    // The worker before this one may still have the address, until it hears that it is to drain.
    reuseAddr: options.fd < 0,
    // Answers go to the numeric address they came from: no resolver, no turn of the loop.
    lookup: (address: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, address, local.family === 'IPv6' ? 6 : 4),
  } as unknown as dgram.SocketOptions);
  await bind(socket, options);
  prepare(socket, options);

  const receive = (data: Buffer, remote: RemoteInfo): void => {
    events.datagram('in', data.length);
    const peer: Endpoint = { address: plainAddress(remote.address), port: remote.port, family: remote.family };
    const verdict = admission.admitDatagram(peer);
    if (verdict === null) return serve(data, peer, remote);
    if (typeof verdict === 'string') return events.datagramRefused(verdict, peer, local);
    verdict.then(
      (reason) => (reason === null ? serve(data, peer, remote) : events.datagramRefused(reason, peer, local)),
      (error: unknown) => events.errored(peer, error),
    );
  };
  const send: DatagramPort['send'] = (bytes, { address, port }) => {
    // RFC 768: source port 0 means that no answer is wanted, and there is no way to send one.
    if (isClosed || port === 0 || socket.getSendQueueSize() > maxQueuedBytes) return;
    socket.send(bytes as Uint8Array, port, address);
    events.datagram('out', lengthOf(bytes));
  };
  const serve = (data: Buffer, peer: Endpoint, remote: RemoteInfo): void => {
    const packet: Datagram = {
      data,
      peer,
      local,
      reply: (bytes) => send(bytes, remote),
    };
    try {
      const served = service.datagram?.(packet);
      if (served !== undefined) served.catch((error: unknown) => events.errored(peer, error));
    } catch (error) {
      events.errored(peer, error);
    }
  };

  let isClosed = false;
  service.opened?.({ local, send });
  socket.on('message', receive);
  // An ICMP error for an earlier answer, say: it concerns one peer, which is not known here.
  socket.on('error', (error) => options.log.debug('datagram socket', { error: reasonOf(error) }));
  return {
    port: socket.address().port,
    close() {
      isClosed = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.close(() => resolve());
      return promise;
    },
  };
}

function lengthOf(bytes: DatagramBytes): number {
  return bytes instanceof Uint8Array ? bytes.length : bytes.reduce((sum, { length }) => sum + length, 0);
}

async function bind(socket: Socket, options: ListenerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('listening', resolve);
  socket.once('error', reject);
  if (options.fd >= 0) socket.bind({ fd: libc === null ? options.fd : duplicate(options.fd), exclusive: true });
  else socket.bind({ address: options.local.address, port: options.local.port, exclusive: true });
  await promise;
  socket.off('error', reject);
}

function prepare(socket: Socket, { listen, log }: ListenerOptions): void {
  const attempt = (what: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      // The socket is shared: who came before has joined the group already.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') log.warning(`${what}: ${reasonOf(error)}`);
    }
  };
  attempt('receive buffer', () => socket.setRecvBufferSize(receiveBufferBytes));
  if (listen.broadcast) attempt('broadcast', () => socket.setBroadcast(true));
  for (const group of listen.multicast) attempt(`multicast group ${group}`, () => socket.addMembership(group));
}
