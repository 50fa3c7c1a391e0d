import { isIP } from 'node:net';

import type { AccessPlan } from '../contract/plan.ts';
import { expandIPv6, plainAddress } from '../wire/source.ts';

/**
 * Who may connect, by address and name. The better match of `allow` and `deny` wins: an exact address or name before
 * a network, a longer prefix before a shorter one, any network but /0 before a name with a wildcard; at a tie, deny.
 * Where nothing matches, the peer is allowed exactly when there is no `allow` list.
 */
export interface Access {
  /** Answers at once, unless there are rules by name and this peer's name is not known yet. */
  allows(address: string): boolean | Promise<boolean>;
}

/** Names of an address whose forward lookup leads back to it, so that whoever runs the reverse zone cannot invent them. */
export type ConfirmedNames = (address: string) => Promise<readonly string[]>;

// More peers than this come only from scans; their answers are worked out again.
const maxRemembered = 4096;

export function createAccess(plan: AccessPlan, confirmedNames: ConfirmedNames): Access {
  const allow = plan.allow.map(parseRule);
  const deny = plan.deny.map(parseRule);
  if (allow.length === 0 && deny.length === 0) return { allows: () => true };
  const hasNames = [...allow, ...deny].some((rule) => rule.kind === 'name');
  const decide = (address: string, names: readonly string[]): boolean => {
    const peer = parseAddress(address);
    const allowed = bestMatch(allow, peer, names);
    const denied = bestMatch(deny, peer, names);
    if (allowed === none && denied === none) return allow.length === 0;
    return allowed > denied;
  };
  if (hasNames) return { allows: async (address) => decide(address, await confirmedNames(address)) };
  return { allows: remember((address) => decide(address, [])) };
}

/** True when the address lies in one of the networks. */
export function createNetworkSet(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const rules = networks.map(parseRule);
  return remember((address) => bestMatch(rules, parseAddress(address), []) !== none);
}

const none = -1;

// ::ffff:0:0/96 is where IPv4 lies in IPv6.
const ipv4Bits = 96;

interface Network {
  readonly kind: 'network';
  readonly value: bigint;
  readonly prefix: number;
}

type Rule = Network | { readonly kind: 'name'; readonly suffix: string; readonly isWildcard: boolean };

function parseRule(text: string): Rule {
  const [address = '', prefixText] = text.split('/', 2);
  const family = isIP(address);
  if (family === 0) {
    const isWildcard = text.startsWith('*.');
    return { kind: 'name', suffix: (isWildcard ? text.slice(1) : text).toLowerCase(), isWildcard };
  }
  const bits = family === 4 ? 32 : 128;
  // An IPv4 network is the part of IPv6 below ::ffff:0:0/96, so that one comparison serves both.
  const prefix = (prefixText === undefined ? bits : Number(prefixText)) + (128 - bits);
  return { kind: 'network', value: parseAddress(address), prefix };
}

function parseAddress(address: string): bigint {
  const plain = plainAddress(address);
  if (isIP(plain) === 4) {
    return plain.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0xffffn);
  }
  if (isIP(plain) === 0) return -1n; // a unix socket's peer has no address
  return expandIPv6(plain).reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** How close the closest rule is: the prefix length; a wildcard name counts less than any network but /0. */
function bestMatch(rules: readonly Rule[], peer: bigint, names: readonly string[]): number {
  let best = none;
  for (const rule of rules) {
    if (rule.kind === 'network') {
      if (isInside(peer, rule)) best = Math.max(best, closeness(rule));
    } else if (names.some((name) => (rule.isWildcard ? name.endsWith(rule.suffix) : name === rule.suffix))) {
      best = Math.max(best, rule.isWildcard ? 0.5 : 128);
    }
  }
  return best;
}

function isInside(peer: bigint, { value, prefix }: Network): boolean {
  // No network of IPv6 has the peers of IPv4 in it: "::/0" is all of IPv6 and no more.
  if (peer < 0n || (prefix < ipv4Bits && isIPv4(peer))) return false;
  return (peer ^ value) >> BigInt(128 - prefix) === 0n;
}

/** "0.0.0.0/0" is everybody, as "::/0" is. */
function closeness({ value, prefix }: Network): number {
  return prefix === ipv4Bits && isIPv4(value) ? 0 : prefix;
}

function isIPv4(value: bigint): boolean {
  return value >> 32n === 0xffffn;
}

function remember(decide: (address: string) => boolean): (address: string) => boolean {
  const known = new Map<string, boolean>();
  return (address) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    if (known.size >= maxRemembered) known.clear();
    const answer = decide(address);
    known.set(address, answer);
    return answer;
  };
}
