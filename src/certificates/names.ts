import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

import { CertificateError } from './certificate-error.ts';

/** What a certificate can be for. */
export type SubjectName =
  | { readonly kind: 'dns'; readonly text: string }
  | { readonly kind: 'ip'; readonly text: string; readonly bytes: Buffer };

export const maxNames = 100;

/** Canonical, each once, in the order given; throws CertificateError. */
export function parseNames(texts: readonly string[]): readonly SubjectName[] {
  if (texts.length === 0) throw new CertificateError('name', 'cert', 'a certificate needs at least one name');
  if (texts.length > maxNames)
    throw new CertificateError(
      'name',
      'cert',
      `a certificate can have at most ${maxNames} names, these are ${texts.length}`,
    );
  const names = new Map(texts.map((text) => parseName(text)).map((name) => [name.text, name]));
  return [...names.values()];
}

/**
 * A host name ("*.example.com" too; other scripts become their ASCII form) or an IP address, in the one spelling that
 * can be compared; throws CertificateError.
 */
export function parseName(text: string): SubjectName {
  if (isIPv4(text)) return { kind: 'ip', text, bytes: Buffer.from(text.split('.').map(Number)) };
  if (isIPv6(text)) return parseIPv6(text);
  const isWildcard = text.startsWith('*.');
  const host = toAscii(isWildcard ? text.slice(2) : text).replace(/\.$/, '');
  if (!isHostName(host)) throw wrong(text, 'is neither a host name nor an IP address');
  // OpenSSL, and so nearly everybody, lets "*.com" stand for nothing.
  if (isWildcard && !host.includes('.')) throw wrong(text, 'is a wildcard for a whole top-level domain');
  return { kind: 'dns', text: isWildcard ? `*.${host}` : host };
}

/** "::1" for "0:0:0:0:0:0:0:1". */
export function canonicalIPv6(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function parseIPv6(text: string): SubjectName {
  if (text.includes('%')) throw wrong(text, 'is an address with a zone, which no certificate can have');
  const canonical = canonicalIPv6(text);
  const [head = [], tail = []] = canonical.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = canonical.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : [];
  const groups = [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0'));
  return { kind: 'ip', text: canonical, bytes: Buffer.from(groups.join(''), 'hex') };
}

function toAscii(text: string): string {
  // ASCII is not handed over: it would make "127.1" the address 127.0.0.1.
  // eslint-disable-next-line no-control-regex
  return /^[\u0000-\u007f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
}

function isHostName(host: string): boolean {
  const labels = host.split('.');
  const isNumber = /^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? '');
  // Underscores are no part of host names (RFC 952), but of names that people have.
  return (
    host.length <= 253 && !isNumber && labels.every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/.test(label))
  );
}

function wrong(text: string, what: string): CertificateError {
  return new CertificateError('name', 'cert', `${JSON.stringify(text.slice(0, 300))} ${what}`);
}
