import { pino } from 'pino';

import { severities, type Severity } from '../contract/logger.ts';
import { printableJson } from '../wire/printable.ts';

/** pino with our severities: it makes the JSON lines, where they go is not its business. */
export type JsonLines = ReturnType<typeof createJsonLines>;

// pino wants larger numbers for what is more severe.
const levels = Object.fromEntries(severities.map((name, code) => [name, (severities.length - code) * 10])) as Record<
  Severity,
  number
>;

// A line longer than this has its texts cut, so that no peer's word fills the disk.
const maxLine = 64 * 1024;
const maxText = 8 * 1024;

export function createJsonLines(level: Severity, write: (line: string) => void, clock = createClock()) {
  return pino<Severity>(
    {
      level,
      customLevels: levels,
      useOnlyCustomLevels: true,
      base: { pid: process.pid },
      messageKey: 'message',
      timestamp: clock,
      formatters: { level: (label) => ({ severity: label }) },
      serializers: { error: describeError, err: describeError },
    },
    { write: (line) => write(tame(line)) },
  );
}

/** A line that is not too long and holds nothing that a terminal would act on. */
export function tame(line: string): string {
  return printableJson(line.length > maxLine ? shorten(line) : line);
}

/** `,"time":"…"`, made once a millisecond: formatting a date costs as much as the rest of a line. */
export function createClock(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/** An error with what caused it, in one line. */
function describeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const texts: string[] = [];
  for (let error: unknown = value; error instanceof Error && texts.length < 5; error = error.cause) {
    // Some messages tell their cause already.
    if (texts.at(-1)?.endsWith(error.message) !== true) texts.push(error.message);
  }
  return texts.join(': ');
}

function shorten(line: string): string {
  const cut = (_: string, value: unknown): unknown =>
    typeof value === 'string' && value.length > maxText ? `${value.slice(0, maxText - 1)}…` : value;
  const short = JSON.stringify(JSON.parse(line), cut);
  // Thousands of short texts: the beginning will tell whose they are.
  return short.length > maxLine
    ? `${JSON.stringify({ ...headOf(line), message: 'a log line was too long' })}\n`
    : `${short}\n`;
}

function headOf(line: string): Record<string, unknown> {
  const { severity, time, pid, event, service, session, peer } = JSON.parse(line) as Record<string, unknown>;
  return JSON.parse(
    JSON.stringify({ severity, time, pid, event, service, session, peer }, (_, value: unknown) =>
      typeof value === 'string' ? value.slice(0, maxText) : value,
    ),
  ) as Record<string, unknown>;
}
