import { parseRfc3164 } from './syslog-rfc3164.ts';
import { parseRfc5424, type StructuredData } from './syslog-rfc5424.ts';

/** What stands behind the priority. null: the sender does not say. */
export interface SyslogFacts {
  /** UTC: "2026-01-02T03:04:05.123456Z". */
  readonly time: string | null;
  readonly host: string | null;
  readonly app: string | null;
  readonly process: string | null;
  readonly messageId: string | null;
  readonly structured: StructuredData | null;
  readonly message: string;
}

export interface ParsedSyslog extends SyslogFacts {
  /** 0 to 23, and 0 to 7 (RFC 5424 6.2.1). */
  readonly facility: number;
  readonly severity: number;
}

// RFC 3164 4.3.3: user, notice.
const defaultPriority = 13;
const maxPriority = 191;

/**
 * A message in the form of RFC 5424, of RFC 3164, or of the devices that keep to neither. It never fails: of a text that is none of them
 * all is the message. `now`: milliseconds since 1970, for times without a year.
 */
export function parseSyslog(text: string, now: number): ParsedSyslog {
  const end = endOfPriority(text);
  const priority = end === 0 ? defaultPriority : Number(text.slice(1, end - 1));
  const parsed = end === 0 ? parseRfc3164(text, 0, now, false) : parseMarked(text, end, now);
  return { facility: priority >> 3, severity: priority & 7, ...parsed };
}

function parseMarked(text: string, at: number, now: number): SyslogFacts {
  const start = endOfVersion(text, at);
  return (start === at ? null : parseRfc5424(text, start)) ?? parseRfc3164(text, at, now, true);
}

/** Behind "<191>"; 0: there is none. */
function endOfPriority(text: string): number {
  if (text.charCodeAt(0) !== 60) return 0;
  let value = 0;
  for (let at = 1; at <= 4; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 62) return at > 1 && value <= maxPriority ? at + 1 : 0;
    if (!(code >= 48 && code <= 57)) return 0;
    value = value * 10 + code - 48;
  }
  return 0;
}

/** RFC 5424 6.2.2: one to three digits, the first no zero, and a space. */
function endOfVersion(text: string, start: number): number {
  let at = start;
  while (at - start < 3 && isDigit(text.charCodeAt(at))) at += 1;
  return at > start && text.charCodeAt(start) !== 48 && text.charCodeAt(at) === 32 ? at + 1 : start;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
