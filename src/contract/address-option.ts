import { isIPv4, isIPv6 } from 'node:net';
import type * as z from 'zod';

import { parsePath } from './file-options.ts';
import { mistaken, textOption } from './option-text.ts';
import type { AddressPlan } from './plan.ts';

// Linux: sun_path holds 108 bytes, the last one zero.
const maxSocketPathBytes = 107;

export type AddressKind = AddressPlan['kind'];

export interface AddressRules {
  /** Default: all. */
  readonly kinds?: readonly AddressKind[];
  /** Somewhere to connect to: no "*", no port 0, no inherited socket. Default: false. */
  readonly isDestination?: boolean;
}

const addressExamples: Readonly<Record<AddressKind, string>> = {
  tcp: 'tcp://127.0.0.1:2007',
  tls: 'tls://127.0.0.1:8443',
  udp: 'udp://127.0.0.1:2007',
  unix: 'unix:./var/service.sock',
  socket: 'socket:NAME',
};

/** "tcp://HOST:PORT", "tls://…", "udp://…", "unix:PATH" or "socket:NAME", taken apart. */
export function address(rules: AddressRules = {}): z.ZodType<AddressPlan, string> {
  return textOption({
    title: 'address',
    expected: expectedAddress(rules),
    examples: kindsOf(rules).map((kind) => addressExamples[kind]),
    pattern: '^(tcp://|tls://|udp://|unix:|socket:)',
    parse: (text) => parseAddress(text, rules),
  });
}

export function parseAddress(text: string, rules: AddressRules = {}): AddressPlan {
  const [, scheme = '', rest = ''] = /^((?:tcp|tls|udp):\/\/|unix:|socket:)(.+)$/.exec(text) ?? [];
  const kind = scheme.slice(0, scheme.indexOf(':')) as AddressKind;
  if (rest === '' || !kindsOf(rules).includes(kind)) throw mistaken(expectedAddress(rules), text);
  const plan = { kind, text, host: '', port: 0, path: '', name: '' };
  if (kind === 'unix') return { ...plan, path: parseSocketPath(rest, text) };
  if (kind === 'socket') {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(rest))
      throw mistaken('a socket name of letters, digits, ".", "_" and "-"', text);
    return { ...plan, name: rest };
  }
  if (isWithoutPort(rest))
    throw mistaken(`a port as well, as in "${scheme}${rest.replace(/:$/, '')}:${examplePort(kind)}"`, text);
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(rest) ?? [];
  if (host === '' || port === '') throw mistaken(expectedAddress(rules), text);
  return { ...plan, host: parseHost(host, text, rules), port: parsePort(port, kind, text, rules) };
}

/** A name or an address that stands alone, or with the colon that a port would follow. */
function isWithoutPort(rest: string): boolean {
  return /^(?:\[[^\]]*\]|[^:[\]]+):?$/.test(rest);
}

function examplePort(kind: AddressKind): string {
  return addressExamples[kind].replace(/^.*:/, '');
}

/** Finds the number of a port name in the services database; null when there is none. */
export type PortNames = (name: string, protocol: 'tcp' | 'udp') => number | null;

let portNames: PortNames = (name) => {
  const known: Readonly<Record<string, number>> = { ftp: 21, ssh: 22, telnet: 23, smtp: 25, http: 80, https: 443 };
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
};

/** The process says once where port names are looked up (`system/ports.ts`); until then only the commonest are known. */
export function usePortNames(find: PortNames): void {
  portNames = find;
}

function kindsOf(rules: AddressRules): readonly AddressKind[] {
  if (rules.kinds !== undefined) return rules.kinds;
  return rules.isDestination === true ? ['tcp', 'tls', 'udp', 'unix'] : ['tcp', 'tls', 'udp', 'unix', 'socket'];
}

function expectedAddress(rules: AddressRules): string {
  const kinds = kindsOf(rules);
  return `an address such as "${addressExamples[kinds[0] ?? 'tcp']}"`;
}

function parseSocketPath(text: string, whole: string): string {
  const absolute = parsePath(text);
  if (Buffer.byteLength(absolute) > maxSocketPathBytes) {
    throw mistaken(`a path of at most ${maxSocketPathBytes} bytes for a unix socket`, whole);
  }
  return absolute;
}

function parseHost(text: string, whole: string, rules: AddressRules): string {
  if (text.startsWith('[')) {
    const inner = text.slice(1, -1);
    if (!isIPv6(inner)) throw mistaken('an IPv6 address in the brackets', whole);
    return inner;
  }
  if (text === '*') {
    if (rules.isDestination === true) throw mistaken('an address to connect to, not "*"', whole);
    return text;
  }
  // A name of digits and dots only can be nothing but a mistyped IPv4 address.
  if (isIPv4(text) || (isHostName(text) && !/^[\d.]+$/.test(text))) return text;
  throw mistaken('an IPv4 address, an [IPv6] address, "*" or a host name', whole);
}

/** RFC 1123 2.1, and the "_" that is in use. */
function isHostName(text: string): boolean {
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  return text.length <= 253 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}

function parsePort(text: string, kind: AddressKind, whole: string, rules: AddressRules): number {
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    const lowest = rules.isDestination === true ? 1 : 0;
    if (text.length > 5 || port > 65535 || port < lowest) throw mistaken(`a port from ${lowest} to 65535`, whole);
    return port;
  }
  const port = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/.test(text) ? portNames(text, kind === 'udp' ? 'udp' : 'tcp') : null;
  if (port === null) throw mistaken('a port number, or a name that the services database knows', whole);
  return port;
}
