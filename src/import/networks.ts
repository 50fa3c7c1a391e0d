import { isIP, isIPv4, isIPv6 } from 'node:net';

import { expandIPv6 } from '../wire/source.ts';

/** All of IPv4 and all of IPv6. */
export const everybody: readonly string[] = ['0.0.0.0/0', '::/0'];

/** "10.0.0.0/255.0.0.0" and "10.0.0.0/8" as the latter; null for what is neither. An address alone is itself. */
export function readNetwork(text: string): string | null {
  const [host = '', mask, rest] = text.replaceAll(/[[\]]/g, '').split('/');
  const family = isIP(host);
  if (family === 0 || host.includes('%') || rest !== undefined) return null;
  if (mask === undefined) return host;
  const bits = family === 4 ? 32 : 128;
  const prefix = /^\d{1,3}$/.test(mask) ? Number(mask) : family === 4 && isIPv4(mask) ? prefixOfMask(mask) : null;
  if (prefix === null || prefix > bits) return null;
  return prefix === bits ? host : `${host}/${prefix}`;
}

/** "10.1." as 10.1.0.0/16: the first bytes of an address. null for what is not that. */
export function networkOfPrefix(text: string): string | null {
  const bytes = /^(?:\d{1,3}\.){1,3}$/.test(text) ? text.split('.').slice(0, -1) : [];
  if (bytes.length === 0 || bytes.some((byte) => Number(byte) > 255)) return null;
  const whole = [...bytes.map(Number), 0, 0, 0].slice(0, 4).join('.');
  return `${whole}/${8 * bytes.length}`;
}

/** Whether the first of two networks or names has all of the second in it. */
export function covers(wide: string, narrow: string): boolean {
  if (isName(wide))
    return isName(narrow) && (wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1))));
  if (isName(narrow)) return false;
  const [a, b] = [bitsOf(wide), bitsOf(narrow)];
  return a.family === b.family && b.bits.startsWith(a.bits);
}

/** A host's name, or "*.example.com": no address and no network. */
export function isName(pattern: string): boolean {
  return isIP(pattern.split('/')[0] ?? '') === 0;
}

/** What our `access` takes as a name. */
export function readName(text: string): string | null {
  const name = text.startsWith('.') ? `*${text}` : text;
  const isWellFormed = /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(name);
  return isWellFormed && !name.includes('..') && /[A-Za-z_]/.test(name) ? name : null;
}

function prefixOfMask(mask: string): number | null {
  const bits = bytesToBits(mask.split('.').map(Number));
  const ones = bits.indexOf('0');
  const prefix = ones === -1 ? 32 : ones;
  return bits.slice(prefix).includes('1') ? null : prefix;
}

function bitsOf(network: string): { readonly family: number; readonly bits: string } {
  const [host = '', prefix] = network.split('/');
  const bits = isIPv6(host)
    ? expandIPv6(host)
        .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
        .join('')
    : bytesToBits(host.split('.').map(Number));
  return { family: isIP(host), bits: prefix === undefined ? bits : bits.slice(0, Number(prefix)) };
}

function bytesToBits(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
}
