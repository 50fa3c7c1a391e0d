import { isIPv4, isIPv6, SocketAddress } from 'node:net';

import type { Endpoint } from '../contract/endpoint.ts';

// The PROXY protocol (HAProxy's proxy-protocol.txt), versions 1 and 2: what a proxy says about the connection it relays,
// before the first byte of the peer. Strict, because a header that can be read two ways lets a peer choose its address.

/** Longest header that is read: 16 bytes and 4 KiB of addresses and TLVs. Version 1 ends at 107 bytes by itself. */
export const maxProxyHeaderBytes = 16 + 4096;

export type ProxyHeader =
  | { readonly state: 'more' }
  | {
      readonly state: 'done';
      /** Bytes of the header; the peer's own follow. */
      readonly length: number;
      /** null: the proxy speaks for itself (LOCAL) or does not know (UNKNOWN, UNSPEC): the connection's own ends count. */
      readonly source: Endpoint | null;
      readonly destination: Endpoint | null;
    }
  | { readonly state: 'bad'; readonly reason: string };

/** Looks at all bytes so far. Says "bad" at the first byte that cannot be right, "more" for at most `maxProxyHeaderBytes`. */
export function parseProxyHeader(buffered: Buffer): ProxyHeader {
  if (isPrefix(buffered, signatureV1)) return parseV1(buffered);
  if (isPrefix(buffered, signatureV2)) return parseV2(buffered);
  return bad('no PROXY header');
}

const signatureV1 = Buffer.from('PROXY ');
const signatureV2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function isPrefix(buffered: Buffer, signature: Buffer): boolean {
  const length = Math.min(buffered.length, signature.length);
  return buffered.subarray(0, length).equals(signature.subarray(0, length));
}

function parseV1(buffered: Buffer): ProxyHeader {
  const newline = buffered.subarray(0, 107).indexOf(10);
  if (newline < 0) return buffered.length < 107 ? { state: 'more' } : bad('no line ending within 107 bytes');
  if (buffered[newline - 1] !== 13) return bad('line does not end with CRLF');
  const line = buffered.toString('latin1', 0, newline - 1);
  const length = newline + 1;
  if (/^PROXY UNKNOWN(?: [^\r]*)?$/.test(line)) return { state: 'done', length, source: null, destination: null };

  const parts = /^PROXY TCP([46]) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)$/.exec(line)?.slice(1);
  if (parts === undefined) return bad('malformed line');
  const [family = '', from = '', to = '', fromPort = '', toPort = ''] = parts;
  const isAddress = family === '4' ? isIPv4 : isPlainIPv6;
  if (!isAddress(from) || !isAddress(to)) return bad(`not an IPv${family} address`);
  if (!isPort(fromPort) || !isPort(toPort)) return bad('not a port');
  return {
    state: 'done',
    length,
    source: ipEndpoint(from, Number(fromPort)),
    destination: ipEndpoint(to, Number(toPort)),
  };
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(buffered: Buffer): ProxyHeader {
  const [versionAndCommand, familyAndTransport] = [buffered[12], buffered[13]];
  if (versionAndCommand !== undefined && versionAndCommand !== LOCAL && versionAndCommand !== PROXY) {
    return bad(`version and command 0x${hex(versionAndCommand)}`);
  }
  if (familyAndTransport !== undefined && versionAndCommand === PROXY && !addressBytes.has(familyAndTransport)) {
    return bad(`family and transport 0x${hex(familyAndTransport)}`);
  }
  if (buffered.length < 16) return { state: 'more' };

  const bodyBytes = buffered.readUInt16BE(14);
  const length = 16 + bodyBytes;
  if (length > maxProxyHeaderBytes) return bad(`header of ${length} bytes`);
  // LOCAL: "must discard the protocol block including the family which is ignored" (2.2).
  const neededBytes = versionAndCommand === PROXY ? (addressBytes.get(familyAndTransport ?? 0) ?? 0) : 0;
  if (bodyBytes < neededBytes) return bad(`${bodyBytes} bytes of addresses where ${neededBytes} are needed`);
  if (buffered.length < length) return { state: 'more' };
  if (neededBytes === 0) return { state: 'done', length, source: null, destination: null };

  const body = buffered.subarray(16, 16 + neededBytes);
  if (neededBytes === 216) {
    return { state: 'done', length, source: unixEndpoint(body, 0), destination: unixEndpoint(body, 108) };
  }
  const width = neededBytes === 12 ? 4 : 16;
  return {
    state: 'done',
    length,
    source: ipEndpoint(ipText(body.subarray(0, width)), body.readUInt16BE(2 * width)),
    destination: ipEndpoint(ipText(body.subarray(width, 2 * width)), body.readUInt16BE(2 * width + 2)),
  };
}

const LOCAL = 0x20;
const PROXY = 0x21;

/** How long the addresses of each family and transport are (2.2); any other pair "must be rejected as invalid". */
const addressBytes = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x12, 12],
  [0x21, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
]);

function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
}

/** An address written in its usual form. IPv4 within IPv6 is IPv4, so that the same rules hold for it. */
function ipEndpoint(text: string, port: number): Endpoint {
  if (isIPv4(text)) return { address: text, port, family: 'IPv4' };
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return mapped === undefined ? { address, port, family: 'IPv6' } : { address: mapped, port, family: 'IPv4' };
}

/** Abstract and unprintable names are no path that a log could show. */
function unixEndpoint(body: Buffer, start: number): Endpoint {
  const [path = ''] = body.toString('latin1', start, start + 108).split('\0');
  return { address: /^[ -~]+$/.test(path) ? path : '', port: 0, family: 'unix' };
}

function bad(reason: string): ProxyHeader {
  return { state: 'bad', reason };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The header for a connection that we relay. Ends of two families are both written as IPv6; where that cannot be, as unknown. */
export function formatProxyHeader(version: 'v1' | 'v2', source: Endpoint, destination: Endpoint): Buffer {
  const isIp = source.family !== 'unix' && destination.family !== 'unix';
  const isV4 = source.family === 'IPv4' && destination.family === 'IPv4';
  if (version === 'v1') return Buffer.from(isIp ? lineV1(isV4, source, destination) : 'PROXY UNKNOWN\r\n');

  if (isIp) {
    const toBytes = isV4 ? v4Bytes : v6Bytes;
    const ports = Buffer.alloc(4);
    ports.writeUInt16BE(source.port, 0);
    ports.writeUInt16BE(destination.port, 2);
    const addresses = [toBytes(source.address), toBytes(destination.address), ports];
    return headerV2(isV4 ? 0x11 : 0x21, Buffer.concat(addresses));
  }
  if (source.family !== destination.family) return headerV2(0x00, Buffer.alloc(0));
  const paths = Buffer.alloc(216);
  // One byte of each 108 stays 0: the receiver looks for it.
  Buffer.from(source.address).copy(paths, 0, 0, 107);
  Buffer.from(destination.address).copy(paths, 108, 0, 107);
  return headerV2(0x31, paths);
}

function lineV1(isV4: boolean, source: Endpoint, destination: Endpoint): string {
  const write = (address: string) => (isV4 ? address : v6Text(address));
  const addresses = `${write(source.address)} ${write(destination.address)}`;
  return `PROXY ${isV4 ? 'TCP4' : 'TCP6'} ${addresses} ${source.port} ${destination.port}\r\n`;
}

function headerV2(familyAndTransport: number, body: Buffer): Buffer {
  const length = [body.length >> 8, body.length & 0xff];
  return Buffer.concat([signatureV2, Buffer.from([PROXY, familyAndTransport, ...length]), body]);
}

function v4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** Without a zone, which means nothing on another machine; IPv4 as the IPv6 address that stands for it. */
function v6Text(address: string): string {
  return isIPv4(address) ? `::ffff:${address}` : address.replace(/%.*$/, '');
}

function v6Bytes(address: string): Buffer {
  const text = v6Text(address).replace(/\d+\.\d+\.\d+\.\d+$/, (v4) => {
    const bytes = v4Bytes(v4);
    return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
  });
  const [left = [], right = []] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...left, ...zeros, ...right].forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index));
  return bytes;
}
