import { BlockList } from 'node:net';

import type { Session } from '../contract/session.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Nobody on the way can read along: passwords may be sent. */
export function isPrivateConnection({ tls, peer }: Pick<Session, 'tls' | 'peer'>): boolean {
  if (tls !== null || peer.family === 'unix') return true;
  return loopback.check(peer.address, peer.family === 'IPv6' ? 'ipv6' : 'ipv4');
}
