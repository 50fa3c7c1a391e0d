import { isUtf8 } from 'node:buffer';

import { severities } from '../../contract/logger.ts';
import { printable, printableJson } from '../../wire/printable.ts';
import { parseSyslog } from '../../wire/syslog-parse.ts';
import { facilities } from '../../wire/syslog.ts';
import type { LineFormat } from './options.ts';

/** One message as it came. */
export interface Taken {
  readonly bytes: Buffer;
  /** Longer than `max_message`, or its connection ended within it. */
  readonly isCut: boolean;
  /** "host:port" */
  readonly peer: string;
  /** Milliseconds since 1970. */
  readonly received: number;
}

/** A line with its newline, safe in a file and on a terminal: no other one is in it, whatever the peer has sent. */
export type Render = (taken: Taken) => string;

export const renders: Readonly<Record<LineFormat, Render>> = { json: renderJson, raw: renderRaw };

function renderRaw({ bytes }: Taken): string {
  return `${printable(decode(bytes).text)}\n`;
}

function renderJson({ bytes, isCut, peer, received }: Taken): string {
  const { text, encoding } = decode(bytes);
  const parsed = parseSyslog(text, received);
  const line = JSON.stringify({
    time: parsed.time,
    received: isoOf(received),
    facility: facilityNames[parsed.facility],
    severity: severities[parsed.severity],
    host: parsed.host,
    app: parsed.app,
    process: parsed.process,
    message_id: parsed.messageId,
    structured: parsed.structured,
    message: parsed.message,
    peer,
    raw: text,
    // Only where they say something.
    truncated: isCut ? true : undefined,
    encoding,
  });
  return `${printableJson(line)}\n`;
}

/** What is no UTF-8 is taken for ISO 8859-1, in which no byte is lost. */
function decode(bytes: Buffer): { readonly text: string; readonly encoding: 'latin1' | undefined } {
  return isUtf8(bytes)
    ? { text: bytes.toString(), encoding: undefined }
    : { text: bytes.toString('latin1'), encoding: 'latin1' };
}

const facilityNames: readonly string[] = Array.from({ length: 24 }, (_, code) => facilityName(code));

function facilityName(code: number): string {
  // RFC 5424 6.2.1: "clock daemon", a second one beside cron. syslog.conf has no name for it.
  return Object.entries(facilities).find(([, known]) => known === code)?.[0] ?? 'clock';
}

let lastTime = Number.NaN;
let lastIso = '';

function isoOf(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastIso = new Date(time).toISOString();
  }
  return lastIso;
}
