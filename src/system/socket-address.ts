import type { Endpoint } from '../contract/endpoint.ts';
import { linux } from './constants.ts';
import type { Libc } from './libc.ts';

/** Room for the largest: struct sockaddr_un has 110 bytes. */
export const maxAddressBytes = 128;

/** struct sockaddr_in or sockaddr_in6 for an IP address as text; null when it is none. A scope ("fe80::1%2") is a number. */
export function encodeAddress(c: Libc, host: string, port: number): { bytes: Uint8Array; family: number } | null {
  const [text = '', scope = '0'] = host.split('%');
  const family = text.includes(':') ? linux.AF_INET6 : linux.AF_INET;
  const bytes = new Uint8Array(new ArrayBuffer(family === linux.AF_INET ? 16 : 28));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === linux.AF_INET6) view.setUint32(24, Number(scope), true);
  const address = bytes.subarray(family === linux.AF_INET ? 4 : 8);
  return c.inet_pton(family, Buffer.from(`${text}\0`), address) === 1 ? { bytes, family } : null;
}

/** struct sockaddr_un: a path, or a name of the abstract namespace written with a leading "@". */
export function encodeUnixAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  // sun_path has 108 bytes, one of them the NUL that ends a path (or begins an abstract name).
  if (name.length > 107) throw new Error(`${path}: longer than the 107 bytes that a unix socket's path may have`);
  const abstract = path.startsWith('@');
  const bytes = new Uint8Array(new ArrayBuffer(2 + name.length + (abstract ? 0 : 1)));
  new DataView(bytes.buffer).setUint16(0, linux.AF_UNIX, true);
  bytes.set(name, 2);
  if (abstract) bytes[2] = 0;
  return bytes;
}

export function decodeAddress(c: Libc, bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === linux.AF_UNIX) return { address: unixName(bytes.subarray(2)), port: 0, family: 'unix' };
  if (family !== linux.AF_INET && family !== linux.AF_INET6) throw new Error(`address family ${family} is unknown`);
  const text = Buffer.alloc(maxAddressBytes);
  c.inet_ntop(family, bytes.subarray(family === linux.AF_INET ? 4 : 8), text, text.length);
  const address = text.toString('latin1', 0, text.indexOf(0));
  return { address, port: view.getUint16(2), family: family === linux.AF_INET ? 'IPv4' : 'IPv6' };
}

function unixName(name: Uint8Array): string {
  if (name.length === 0) return '';
  if (name[0] === 0) return `@${Buffer.from(name.subarray(1)).toString()}`;
  const end = name.indexOf(0);
  return Buffer.from(end === -1 ? name : name.subarray(0, end)).toString();
}
