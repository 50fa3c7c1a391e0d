import { printable } from './printable.ts';

// Syslog messages as text: RFC 5424 and the older form that RFC 3164 describes. Values may come from peers: whatever
// they hold, one message stays one line, and its structured data stays well formed.

/** Facility names as syslog.conf spells them, with their codes (RFC 5424 6.2.1). */
export const facilities = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  ntp: 12,
  security: 13,
  console: 14,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export function facilityCode(name: string): number | undefined {
  return Object.hasOwn(facilities, name) ? facilities[name as keyof typeof facilities] : undefined;
}

export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  /** As `Date.prototype.toISOString` writes it, which RFC 5424 6.2.3 takes as it is. */
  readonly time: string;
  /** "" where nothing is known: written as "-", or left out in the older form. */
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  /** SD-ID and its parameters; no parameters: no structured data. */
  readonly elementId: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

/** `<PRI>1 TIME HOST APP PROCID MSGID [ID name="value" …] text`, at most `maxBytes` of UTF-8: without the parameters that do not fit, then with less text. */
export function formatRfc5424(message: SyslogMessage, maxBytes: number): string {
  const header = [
    `<${message.facility * 8 + message.severity}>1`,
    message.time,
    headerField(message.hostname, 255),
    headerField(message.appName, 48),
    headerField(message.procId, 128),
    headerField(message.msgId, 32),
  ].join(' ');
  const text = printable(message.text);
  // RFC 5424 6.4: text that is UTF-8 and more than ASCII begins with a byte order mark.
  const marked = isAscii(text) ? text : `\ufeff${text}`;
  const params: string[] = [];
  let room = maxBytes - header.length - message.elementId.length - 4;
  for (const [name, value] of message.params) {
    const param = ` ${paramName(name)}="${escapeParamValue(value)}"`;
    const cost = Buffer.byteLength(param);
    if (cost > room) continue;
    room -= cost;
    params.push(param);
  }
  const data = params.length === 0 ? '-' : `[${message.elementId}${params.join('')}]`;
  return cutUtf8(marked === '' ? `${header} ${data}` : `${header} ${data} ${marked}`, maxBytes);
}

/** `<PRI>Mmm dd hh:mm:ss HOST TAG[PID]: text` (RFC 3164 4.1), at most `maxBytes` of UTF-8. Times are local. */
export function formatRfc3164(message: SyslogMessage, maxBytes: number): string {
  const host = message.hostname === '' ? '' : `${headerField(message.hostname, 255)} `;
  // RFC 3164 4.1.3: the tag is alphanumeric and at most 32 characters.
  const tag = message.appName.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 32);
  const pid = message.procId === '' ? '' : `[${headerField(message.procId, 16)}]`;
  const priority = message.facility * 8 + message.severity;
  return cutUtf8(
    `<${priority}>${bsdTime(new Date(message.time))} ${host}${tag}${pid}: ${printable(message.text)}`,
    maxBytes,
  );
}

/** RFC 6587 3.4.1: the length in bytes stands before the message. */
export function octetCounted(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

/** RFC 5424 6: printable ASCII without space, or "-". */
function headerField(value: string, maxLength: number): string {
  if (value === '') return '-';
  return (/[^!-~]/.test(value) ? value.replace(/[^!-~]/g, '_') : value).slice(0, maxLength);
}

/** RFC 5424 6.3.3: a name is printable ASCII without `=`, space, `]` and `"`, at most 32 characters. */
function paramName(name: string): string {
  if (name === '') return '_';
  return (/[^!-~]|[=\]"]/.test(name) ? name.replace(/[^!-~]|[=\]"]/g, '_') : name).slice(0, 32);
}

/** RFC 5424 6.3.3: `"`, `\` and `]` are escaped by a backslash. */
function escapeParamValue(value: string): string {
  const text = printable(value);
  return /["\\\]]/.test(text) ? text.replace(/["\\\]]/g, '\\$&') : text;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** RFC 3164 4.1.2: a day below 10 has a space in front. */
function bsdTime(time: Date): string {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
  return `${months[time.getMonth()]} ${String(time.getDate()).padStart(2, ' ')} ${clock}`;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** Cuts between characters, never inside one. */
function cutUtf8(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
