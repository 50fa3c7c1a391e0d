import { isIPv4, isIPv6 } from 'node:net';

import type { PeerAddress } from './command.ts';

// Where a peer wants to be connected to. Whether it may is decided elsewhere.

/** RFC 959 4.1.2: six bytes as decimal numbers. Some write spaces between them. null: it is something else. */
export function parsePort(text: string): PeerAddress | null {
  const numbers = text.split(',').map((part) => part.trim());
  if (numbers.length !== 6 || !numbers.every((number) => /^\d{1,3}$/.test(number))) return null;
  const bytes = numbers.map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  const [high = 0, low = 0] = bytes.slice(4);
  return { address: bytes.slice(0, 4).join('.'), port: high * 256 + low };
}

/** RFC 2428 2: |1|132.235.1.2|6275|. "family": a network protocol that is none of ours. */
export function parseExtendedPort(text: string): PeerAddress | 'family' | null {
  const [delimiter = ''] = text;
  // RFC 2428 2: any of ASCII 33 to 126.
  if (!/^[!-~]$/.test(delimiter)) return null;
  const [before, family = '', address = '', port = '', after, ...more] = text.split(delimiter);
  if (before !== '' || after !== '' || more.length > 0) return null;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535 || port === '0') return null;
  if (!/^\d{1,5}$/.test(family)) return null;
  if (family !== '1' && family !== '2') return 'family';
  const isAddress = family === '1' ? isIPv4(address) : isIPv6(address) && !address.includes('%');
  return isAddress ? { address, port: Number(port) } : null;
}
