import { isIPv6 } from 'node:net';

import type { AddressPlan } from '../contract/plan.ts';

/** One address of the configuration and who listens there. */
export interface Claim<Owner> {
  readonly address: AddressPlan;
  readonly owner: Owner;
}

/** Two claims that cannot both be bound. */
export interface Conflict<Owner> {
  readonly first: Claim<Owner>;
  readonly second: Claim<Owner>;
}

export function findConflicts<Owner>(claims: readonly Claim<Owner>[]): Conflict<Owner>[] {
  const taken = new Map<string, Claim<Owner>[]>();
  return claims.flatMap((second) => {
    const key = portOf(second.address);
    if (key === null) return [];
    const earlier = taken.get(key) ?? [];
    taken.set(key, [...earlier, second]);
    const first = earlier.find((claim) => hostsMeet(claim.address.host, second.address.host));
    return first === undefined ? [] : [{ first, second }];
  });
}

/** What only one socket, or one per address of the machine, can hold; null for port 0, which is always another one. */
function portOf({ kind, port, path, name }: AddressPlan): string | null {
  if (kind === 'unix') return `unix:${path}`;
  if (kind === 'socket') return `socket:${name}`;
  return port === 0 ? null : `${kind === 'udp' ? 'udp' : 'tcp'}:${port}`;
}

function hostsMeet(one: string, other: string): boolean {
  const [a, b] = [canonical(one), canonical(other)];
  if (a === b || a === '*' || b === '*') return true;
  return [
    [a, b],
    [b, a],
  ].some(([any = '', host = '']) => (any === '0.0.0.0' && !isIPv6(host)) || (any === '::' && isIPv6(host)));
}

/** IPv6 addresses have many spellings. */
function canonical(host: string): string {
  if (!isIPv6(host) || host.includes('%')) return host.toLowerCase();
  return new URL(`http://[${host}]/`).hostname.slice(1, -1);
}
