import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import type { DatagramAddress } from './sockets.ts';

/**
 * The port that a UDP socket got there for a moment: for where no socket can be bound ahead (no node:ffi), so that every
 * worker binds the same one and an address that is taken is seen before any of them starts.
 */
export async function findDatagramPort({ host, port, reuseAddress = false }: DatagramAddress): Promise<number> {
  const isIPv6 = host.includes(':');
  const socket = createSocket({ type: isIPv6 ? 'udp6' : 'udp4', ipv6Only: isIPv6, reuseAddr: reuseAddress });
  try {
    socket.bind({ address: host, port, exclusive: true });
    await once(socket, 'listening');
    return socket.address().port;
  } finally {
    socket.close();
  }
}
