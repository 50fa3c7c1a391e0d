import type { SyslogFacts } from './syslog-parse.ts';
import { findIsoTime } from './syslog-time.ts';

/** SD-ID to parameters; several values of one name (RFC 5424 6.3.3 allows that) are a list. */
export type StructuredData = Record<string, Record<string, string | string[]>>;

// RFC 5424 6 gives each a length, and senders longer ones.
const header = /(-|[^ ]{20,40}) ([^ ]{1,255}) ([^ ]{1,255}) ([^ ]{1,255}) ([^ ]{1,255})(?: |$)/y;
const name = /[^ =\]"]{1,255}/y;

/** What stands behind "<PRI>1 " (RFC 5424 6); null: it is no such message. */
export function parseRfc5424(text: string, at: number): SyslogFacts | null {
  header.lastIndex = at;
  const match = header.exec(text);
  if (match === null) return null;
  const [whole, stamp = '', host = '', app = '', process = '', messageId = ''] = match;
  const found = stamp === '-' ? null : findIsoTime(stamp, 0);
  if (stamp !== '-' && found?.end !== stamp.length) return null;
  const data = readData(text, at + whole.length);
  return {
    time: found?.time ?? null,
    host: known(host),
    app: known(app),
    process: known(process),
    messageId: known(messageId),
    structured: data.structured,
    message: messageOf(text, data.end),
  };
}

function known(field: string): string | null {
  return field === '-' ? null : field;
}

/** RFC 5424 6.4: a text in UTF-8 begins with a byte order mark, which is no part of it. */
function messageOf(text: string, end: number): string {
  const start = text[end] === ' ' ? end + 1 : end;
  return text.slice(text[start] === '\ufeff' ? start + 1 : start);
}

interface ReadData {
  readonly structured: StructuredData | null;
  readonly end: number;
}

/** Of structured data that is none, all is message. */
function readData(text: string, start: number): ReadData {
  if (text[start] === '-') return { structured: null, end: start + 1 };
  // An SD-ID may be "__proto__".
  const structured = Object.create(null) as StructuredData;
  let at = start;
  while (text[at] === '[') {
    const end = readElement(text, at + 1, structured);
    if (end === null) return { structured: null, end: start };
    at = end;
  }
  return at === start ? { structured: null, end: start } : { structured, end: at };
}

function readElement(text: string, start: number, structured: StructuredData): number | null {
  const id = readName(text, start);
  if (id === null) return null;
  const params = (structured[id] ??= Object.create(null) as StructuredData[string]);
  let at = start + id.length;
  while (text[at] === ' ') {
    // "[id ]" and two spaces are wrong and clear.
    if (text[at + 1] === ' ' || text[at + 1] === ']') {
      at += 1;
      continue;
    }
    const param = readName(text, at + 1);
    if (param === null || !text.startsWith('="', at + 1 + param.length)) return null;
    const from = at + 1 + param.length + 2;
    const end = endOfValue(text, from);
    if (end === -1) return null;
    add(params, param, unescaped(text.slice(from, end)));
    at = end + 1;
  }
  return text[at] === ']' ? at + 1 : null;
}

function readName(text: string, at: number): string | null {
  name.lastIndex = at;
  return name.exec(text)?.[0] ?? null;
}

/** The next quote with an even number of backslashes before it. */
function endOfValue(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (end - 1 - slashes >= from && text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** RFC 5424 6.3.3: a backslash before anything else is one. */
function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\(["\\\]])/g, '$1') : value;
}

function add(params: StructuredData[string], param: string, value: string): void {
  const before = params[param];
  if (before === undefined) params[param] = value;
  else if (typeof before === 'string') params[param] = [before, value];
  else before.push(value);
}
