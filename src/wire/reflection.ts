import type { Datagram } from '../contract/session.ts';

/** Ports of services that answer anything: echo, daytime, qotd, chargen, time. Nothing honest sends from port 0 either. */
const reflectingPorts: ReadonlySet<number> = new Set([0, 7, 13, 17, 19, 37]);

/** Where our own services of that kind are asked: known from the first datagram on, which is soon enough to end a loop. */
const ownPorts = new Set<number>();

/**
 * Whether an answer would be answered again: two such services, set on each other by one datagram with a forged source,
 * would go on for ever (CERT CA-1996-01). Ours may be on any port, and another host's are likely to be on the same.
 */
export function isReflected({ peer, local }: Pick<Datagram, 'peer' | 'local'>): boolean {
  ownPorts.add(local.port);
  return reflectingPorts.has(peer.port) || ownPorts.has(peer.port);
}
