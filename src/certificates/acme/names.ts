import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

import { printable } from '../../wire/printable.ts';
import { AcmeError } from './acme-error.ts';

/** A name as an order has it (RFC 8555 9.7.7, RFC 8738). */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  /** Lower case; international names in their ASCII form; IPv6 as short as it can be written. */
  readonly value: string;
}

const maxNames = 100;

/** Names that an authority can be asked for, each once. Throws AcmeError. */
export function identifiersOf(names: readonly string[]): readonly Identifier[] {
  const found = new Map<string, Identifier>();
  for (const name of names) {
    const identifier = identifierOf(name);
    found.set(identifier.value, identifier);
  }
  if (found.size === 0) throw new AcmeError('a certificate needs at least one name');
  if (found.size > maxNames)
    throw new AcmeError(`a certificate can have at most ${maxNames} names, these are ${found.size}`);
  return [...found.values()];
}

/** RFC 8737 3, RFC 8738 6: the name that the authority asks for in TLS: an address is looked for below `.arpa`. */
export function serverNameOf({ type, value }: Identifier): string {
  if (type === 'dns') return value;
  if (!isIPv6(value)) return `${value.split('.').toReversed().join('.')}.in-addr.arpa`;
  return `${groupsOf(value).join('').split('').toReversed().join('.')}.ip6.arpa`;
}

function identifierOf(name: string): Identifier {
  const quoted = JSON.stringify(printable(name, 255));
  if (name.startsWith('*'))
    throw new AcmeError(
      `${quoted}: certificates for wildcards need proof by DNS (dns-01), which Portico does not give`,
    );
  if (isIP(name) !== 0) return { type: 'ip', value: shortAddress(name, quoted) };
  // First: domainToASCII reads as far as a URL's host goes.
  const isText = /^[\p{L}\p{M}\p{N}.-]{1,255}$/u.test(name);
  const value = isText ? domainToASCII(name.replace(/\.$/, '')).toLowerCase() : '';
  if (
    value.length > 253 ||
    !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
  )
    throw new AcmeError(`${quoted} is no name that a certificate can be issued for`);
  return { type: 'dns', value };
}

function shortAddress(address: string, quoted: string): string {
  if (!isIPv6(address)) return address;
  const url = URL.parse(`http://[${address}]/`);
  if (url === null) throw new AcmeError(`${quoted} is no address that a certificate can be issued for`);
  return url.hostname.slice(1, -1);
}

/** "2001:db8::1" as eight groups of four digits. Takes only the short form, which has no dots in it. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'));
}
