import { isIPv4, isIPv6 } from 'node:net';

/** Takes "::ffff:1.2.3.4" back to the IPv4 address that it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** What counts as one source: an IPv4 address, or the /64 that one IPv6 host has to itself. A source is its own source. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const plain = plainAddress(address);
  return isIPv6(plain) ? `${expandIPv6(plain).slice(0, 4).join(':')}::/64` : plain;
}

/** The source that an operator means: an IP address, or an IPv6 network of 64 bits. null: it is neither. */
export function parseSource(text: string): string | null {
  const bare = text.endsWith('::/64') ? text.slice(0, -'/64'.length) : text;
  const source = sourceOf(bare);
  return isIPv4(source) || isIPv6(plainAddress(bare)) ? source : null;
}

/** A source as people write it (RFC 5952): "2001:db8::/64" for "2001:db8:0:0::/64", which is what sources are compared by. */
export function formatSource(source: string): string {
  if (!source.endsWith('/64')) return source;
  const host = URL.parse(`http://[${source.slice(0, -'/64'.length)}]`)?.hostname;
  return host === undefined ? source : `${host.slice(1, -1)}/64`;
}

/** The eight groups of an IPv6 address, lower case, without leading zeros; a scope is left off. */
export function expandIPv6(address: string): string[] {
  const bare = address.split('%', 1)[0] ?? '';
  const [head = '', tail] = embeddedIPv4ToGroups(bare.toLowerCase()).split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''));
}

function embeddedIPv4ToGroups(address: string): string {
  const lastColon = address.lastIndexOf(':');
  const tail = address.slice(lastColon + 1);
  if (!tail.includes('.')) return address;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${address.slice(0, lastColon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
