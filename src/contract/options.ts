import { isIP, isIPv4, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';

import type { AddressPlan, Rate } from './plan.ts';

/**
 * Option types that the frame of the configuration and the services share. Each takes the text of the file and gives a
 * plain value. Every message reads `expected …, got VALUE`, and VALUE is the only part that repeats the input, so that
 * a secret can be left out of it.
 */

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: secondMs, m: minuteMs, h: hourMs, d: dayMs };
const unitsBytes: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
// Node's timers take a signed 32-bit number of milliseconds: a longer one would go off at once.
const longestTimerMs = 24 * dayMs;
const largestBytes = 1024 ** 5;
const maxRateCount = 1_000_000;
// Linux: sun_path holds 108 bytes, the last one zero.
const maxSocketPathBytes = 107;
const maxPathBytes = 4095;

/** A text that does not say what was expected. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export interface Bounds {
  /** Smallest and largest value, written as in the file: "1s". */
  readonly min?: string;
  readonly max?: string;
}

/** "30s" gives 30000. At most 24 days (what a timer can wait) unless `max` says otherwise. */
export function duration(bounds: Bounds = {}): z.ZodType<number, string> {
  return textOption({
    title: 'duration',
    expected: 'a duration such as "30s"',
    examples: ['500ms', '30s', '5m', '1h', '2d'],
    pattern: '^[0-9]+(ms|s|m|h|d)$',
    parse: (text) => parseDuration(text, bounds),
  });
}

/** As `duration`, and "none" gives null. */
export function durationOrNone(bounds: Bounds = {}): z.ZodType<number | null, string> {
  return textOption({
    title: 'duration or none',
    expected: 'a duration such as "30s", or "none"',
    examples: ['30s', '5m', 'none'],
    pattern: '^([0-9]+(ms|s|m|h|d)|none)$',
    parse: (text) => (text === 'none' ? null : parseDuration(text, bounds)),
  });
}

/** Milliseconds. */
export function parseDuration(text: string, bounds: Bounds = {}): number {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw mistaken('a duration such as "30s"', text);
  const { min = '0ms', max = `${longestTimerMs / dayMs}d` } = bounds;
  return within({ value: Number(match[1]) * unitMs(match[2]), text, noun: 'a duration', min, max, measure: measureMs });
}

/** "25MB" gives 26214400: powers of 1024. */
export function size(bounds: Bounds = {}): z.ZodType<number, string> {
  return textOption({
    title: 'size',
    expected: 'a size such as "25MB"',
    examples: ['512B', '64KB', '25MB', '1GB'],
    pattern: '^[0-9]+(B|KB|MB|GB)$',
    parse: (text) => parseSize(text, bounds),
  });
}

/** Bytes. */
export function parseSize(text: string, bounds: Bounds = {}): number {
  const match = /^(\d{1,15})(B|KB|MB|GB)$/.exec(text);
  if (match === null) throw mistaken('a size such as "25MB"', text);
  const { min = '0B', max = `${largestBytes / 1024 ** 3}GB` } = bounds;
  return within({
    value: Number(match[1]) * (unitsBytes[match[2] ?? ''] ?? 1),
    text,
    noun: 'a size',
    min,
    max,
    measure: measureBytes,
  });
}

/** "50/s" gives 50 in 1000 ms, "10/1m" 10 in 60000 ms. */
export function rate(): z.ZodType<Rate, string> {
  return textOption({
    title: 'rate',
    expected: 'a rate such as "50/s" or "10/1m"',
    examples: ['50/s', '10/1m'],
    pattern: '^[0-9]+/[0-9]*(ms|s|m|h|d)$',
    parse: parseRate,
  });
}

export function parseRate(text: string): Rate {
  const match = /^(\d{1,15})\/(\d{0,15})(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw mistaken('a rate such as "50/s" or "10/1m"', text);
  const count = Number(match[1]);
  const window = (match[2] === '' ? 1 : Number(match[2])) * unitMs(match[3]);
  if (count < 1 || count > maxRateCount) throw mistaken(`a rate of 1 to ${maxRateCount}`, text);
  if (window < 1 || window > longestTimerMs) throw mistaken('a rate with a time from 1ms to 24d', text);
  return { count, window };
}

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
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(rest) ?? [];
  if (host === '' || port === '') throw mistaken(expectedAddress(rules), text);
  return { ...plan, host: parseHost(host, text, rules), port: parsePort(port, kind, text, rules) };
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

/** An IPv4 or IPv6 address, or a network such as "10.0.0.0/8". */
export function network(): z.ZodType<string, string> {
  return textOption({
    title: 'network',
    expected: 'an address or network such as "10.0.0.0/8"',
    examples: ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'],
    parse: parseNetwork,
  });
}

export function parseNetwork(text: string): string {
  const expected = 'an address or network such as "10.0.0.0/8"';
  const [, host = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(host);
  if (family === 0) throw mistaken(expected, text);
  const bits = family === 4 ? 32 : 128;
  if (prefix !== undefined && Number(prefix) > bits) throw mistaken(`a prefix of at most ${bits} bits`, text);
  return text;
}

/** A path, made absolute: relative to the folder of the file that names it. */
export function path(): z.ZodType<string, string> {
  return textOption({ title: 'path', expected: 'a path', examples: ['./public'], parse: parsePath });
}

export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw mistaken('a path', text);
  const absolute = resolve(base, text);
  if (Buffer.byteLength(absolute) > maxPathBytes) throw mistaken(`a path of at most ${maxPathBytes} bytes`, text);
  return absolute;
}

/** Permissions as octal digits in quotes: "0660". */
export function fileMode(): z.ZodType<number, string> {
  return textOption({
    title: 'file mode',
    expected: 'a file mode in quotes such as "0660"',
    examples: ['0660', '0644'],
    pattern: '^[0-7]{3,4}$',
    // YAML 1.2 reads a bare 0660 as six hundred and sixty.
    remark: (input) => (typeof input === 'number' ? ' (without quotes YAML reads it as a decimal number)' : ''),
    parse: parseFileMode,
  });
}

export function parseFileMode(text: string): number {
  if (!/^[0-7]{3,4}$/.test(text)) throw mistaken('a file mode in quotes such as "0660"', text);
  return Number.parseInt(text, 8);
}

/** "08:00-18:00" gives [480, 1080]: minutes since midnight, the second not included. May cross midnight. */
export function hours(): z.ZodType<readonly [number, number], string> {
  return textOption({
    title: 'hours',
    expected: 'hours such as "08:00-18:00"',
    examples: ['08:00-18:00', '22:00-06:00'],
    pattern: '^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$',
    parse: parseHours,
  });
}

export function parseHours(text: string): readonly [number, number] {
  const match = /^(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)$/.exec(text);
  if (match === null) throw mistaken('hours such as "08:00-18:00"', text);
  const from = Number(match[1]) * 60 + Number(match[2]);
  const to = Number(match[3]) * 60 + Number(match[4]);
  if (from >= 1440 || to > 1440) throw mistaken('hours from 00:00 to 24:00', text);
  if (from === to) throw mistaken('hours with an end that differs from their beginning', text);
  return [from, to];
}

let base = process.cwd();
let isSecret: (value: unknown) => boolean = () => false;

/** While `run` runs, relative paths are relative to `folder`, and messages leave out values that are secret. */
export function withBase<T>(folder: string, run: () => T, secret: (value: unknown) => boolean = isSecret): T {
  const previous = [base, isSecret] as const;
  base = folder;
  isSecret = secret;
  try {
    return run();
  } finally {
    [base, isSecret] = previous;
  }
}

const maxShown = 60;

/** A value for a message: text in quotes, shortened; "…" in place of a secret; "nothing" where there is none. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (isSecret(value)) return '"…"';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
}

interface TextOption<T> {
  /** Name of the type in documentation and editors. */
  readonly title: string;
  readonly expected: string;
  readonly examples: readonly string[];
  /** For editors; values with `${…}` pass it. */
  readonly pattern?: string;
  readonly remark?: (input: unknown) => string;
  readonly parse: (text: string) => T;
}

function textOption<T>(option: TextOption<T>): z.ZodType<T, string> {
  const { title, expected, pattern, remark = () => '' } = option;
  return z
    .string({ error: ({ input }) => `expected ${expected}, got ${show(input)}${remark(input)}` })
    .meta({
      title,
      examples: [...option.examples],
      ...(pattern === undefined ? {} : { pattern: `${pattern}|\\$\\{` }),
    })
    .transform((text, context) => {
      try {
        return option.parse(text);
      } catch (error) {
        if (!(error instanceof OptionError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });
}

function mistaken(expected: string, text: string): OptionError {
  return new OptionError(`expected ${expected}, got ${show(text)}`);
}

interface Measured {
  readonly value: number;
  readonly text: string;
  readonly noun: string;
  readonly min: string;
  readonly max: string;
  readonly measure: (text: string) => number;
}

function within({ value, text, noun, min, max, measure }: Measured): number {
  if (value < measure(min)) throw mistaken(`${noun} of at least ${min}`, text);
  if (value > measure(max)) throw mistaken(`${noun} of at most ${max}`, text);
  return value;
}

function measureMs(text: string): number {
  return Number.parseInt(text, 10) * unitMs(text.replace(/^\d+/, ''));
}

function measureBytes(text: string): number {
  return Number.parseInt(text, 10) * (unitsBytes[text.replace(/^\d+/, '')] ?? 1);
}

function unitMs(unit: string | undefined): number {
  return unitsMs[unit ?? ''] ?? 1;
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
