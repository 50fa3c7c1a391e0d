import type * as z from 'zod';

import { mistaken, textOption } from './option-text.ts';
import type { Rate } from './plan.ts';

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
