import { isIPv6 } from 'node:net';

// What a service adds to a message (RFC 5321 4.4), every value bounded and of letters that mean nothing in a header.

export interface Trace {
  /** Envelope sender; "" for bounces. */
  readonly from: string;
  /** In the order in which they were given. */
  readonly to: readonly string[];
  /** What the peer calls itself. */
  readonly helo: string;
  /** The peer's address; "" when it came over a unix socket. */
  readonly address: string;
  readonly hostname: string;
  /** "ESMTPS" */
  readonly protocol: string;
  readonly tls: { readonly protocol: string; readonly cipher: string } | null;
  readonly id: string;
  readonly date: Date;
}

/** The lines of Return-Path and Received. */
export function traceLines({ from, to, helo, address, hostname, protocol, tls, id, date }: Trace): string {
  const [only] = to;
  const lines = [
    `Received: from ${wordOf(helo)} (${literalOf(address)})`,
    ...(tls === null ? [] : [`(${wordOf(tls.protocol)} ${wordOf(tls.cipher)})`]),
    `by ${hostname} with ${protocol} id ${id}`,
    // Of several, none must learn of the others (RFC 5321 7.2).
    ...(only !== undefined && to.length === 1 ? [`for <${pathOf(only)}>`] : []),
  ];
  return `Return-Path: <${pathOf(from)}>\r\n${lines.join('\r\n\t')};\r\n\t${dateOf(date)}\r\n`;
}

/** RFC 3848, RFC 6531 4.3. */
export function protocolName(transmissionType: string, isUtf8: boolean): string {
  return isUtf8 ? transmissionType.replace(/^ESMTP/, 'UTF8SMTP') : transmissionType;
}

/** "Thu, 26 Nov 2026 00:26:40 +0000" */
export function dateOf(date: Date): string {
  return date.toUTCString().replace(/GMT$/, '+0000');
}

const maxWordLength = 255;

function wordOf(text: string): string {
  return text.slice(0, maxWordLength).replace(/[^A-Za-z0-9._:[\]-]/g, '?') || 'unknown';
}

function literalOf(address: string): string {
  if (address === '') return 'local';
  return isIPv6(address) ? `[IPv6:${wordOf(address)}]` : `[${wordOf(address)}]`;
}

/** As UTF-8 in the characters of latin1, as the rest of a header is handled. */
function pathOf(address: string): string {
  return Buffer.from(address.replace(/[\p{Cc}<>]/gu, '?')).toString('latin1');
}
