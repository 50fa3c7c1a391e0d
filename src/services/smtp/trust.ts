import { BlockList } from 'node:net';

import type { Endpoint } from '../../contract/endpoint.ts';
import type { Session } from '../../contract/session.ts';

const loopback = listOf(['127.0.0.0/8', '::1']);

/** Nobody on the way can read along. */
export function isPrivate({ tls, peer }: Pick<Session, 'tls' | 'peer'>): boolean {
  return tls !== null || peer.family === 'unix' || includes(loopback, peer);
}

/** Whether a peer is in one of these networks. */
export function createNetworkCheck(networks: readonly string[]): (peer: Endpoint) => boolean {
  const list = listOf(networks);
  return (peer) => peer.family !== 'unix' && includes(list, peer);
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [host = '', prefix] = network.split('/');
    const family = host.includes(':') ? 'ipv6' : 'ipv4';
    list.addSubnet(host, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function includes(list: BlockList, { address, family }: Endpoint): boolean {
  return list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
}
