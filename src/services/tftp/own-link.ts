import { createSocket, type SocketOptions } from 'node:dgram';

import type { Endpoint } from '../../contract/endpoint.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { DatagramBytes } from '../../contract/session.ts';
import { plainAddress } from '../../wire/source.ts';
import { createInbox, type Link } from './link.ts';
import { errorCodes, errorPacket, opcodeOf, opcodes } from './packet.ts';

// Packets waiting in user space; past it they are dropped, as the network would.
const maxQueuedBytes = 1 << 20;
const bufferBytes = 1 << 20;

/** RFC 1350 4: a port of its own for one transfer, on the address where the request came to. */
export async function openOwnLink(
  local: Endpoint,
  peer: Endpoint,
  count: ServiceContext['countDatagram'],
): Promise<Link> {
  const inbox = createInbox();
  const family = peer.family === 'IPv6' ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // The address is a number: no resolver, no turn of the loop.
    lookup: (address: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, address, family),
  } as unknown as SocketOptions);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind({ address: local.address, port: 0, exclusive: true }, resolve);
  await promise;
  socket.off('error', reject);
  // An ICMP error, say; who does not answer is given up in time.
  socket.on('error', () => {});
  try {
    socket.setRecvBufferSize(bufferBytes);
    socket.setSendBufferSize(bufferBytes);
  } catch {
    // The usual ones do.
  }
  socket.on('message', (packet, from) => {
    count('in', packet.length);
    if (from.port === peer.port && plainAddress(from.address) === peer.address) return inbox.push(packet);
    // RFC 1350 4: the stranger is told, and the transfer goes on. An error is never answered.
    if (opcodeOf(packet) === opcodes.error || from.port === 0) return;
    const answer = errorPacket(errorCodes.unknownTransfer, 'Unknown transfer');
    socket.send(answer, from.port, from.address);
    count('out', answer.length);
  });
  return {
    send(bytes) {
      if (socket.getSendQueueSize() > maxQueuedBytes) return;
      socket.send(bytes as Uint8Array, peer.port, peer.address);
      count('out', lengthOf(bytes));
    },
    receive: inbox.receive,
    end: inbox.end,
    close: () => void socket.close(),
  };
}

function lengthOf(bytes: DatagramBytes): number {
  return bytes instanceof Uint8Array ? bytes.length : bytes.reduce((sum, { length }) => sum + length, 0);
}
