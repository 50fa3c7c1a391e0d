import { BlockList } from 'node:net';

import type { Endpoint } from '../../contract/endpoint.ts';

/** Whether a peer is in one of these networks. */
export function createNetworkCheck(networks: readonly string[]): (peer: Endpoint) => boolean {
  const list = listOf(networks);
  return ({ address, family }) => family !== 'unix' && list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
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
