import { severities, type Severity } from '../contract/logger.ts';

/** A log line taken apart again, for the formats that are not JSON. */
export interface LogRecord {
  /** ISO. */
  readonly time: string;
  readonly severity: Severity;
  readonly event: string | undefined;
  readonly message: string;
  readonly pid: string;
  /** Everything else, in order: nested members as `bytes.in`. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const maxFields = 64;
const maxFieldLength = 8192;

const ownPlace = new Set(['time', 'severity', 'event', 'message', 'pid']);

export function readRecord(line: string): LogRecord {
  const values = parse(line);
  const { time, severity, event, message, pid } = values;
  return {
    time: typeof time === 'string' ? time : new Date(0).toISOString(),
    severity: severities.find((name) => name === severity) ?? 'info',
    event: typeof event === 'string' ? event : undefined,
    message: message === undefined ? '' : textOf(message),
    pid: pid === undefined ? '' : textOf(pid),
    fields: readFields(values),
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { message: line };
  }
}

function readFields(values: Readonly<Record<string, unknown>>): [string, string][] {
  const fields: [string, string][] = [];
  for (const name of Object.keys(values)) {
    if (ownPlace.has(name)) continue;
    const value = values[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, innerValue] of Object.entries(value)) fields.push([`${name}.${inner}`, textOf(innerValue)]);
    } else fields.push([name, textOf(value)]);
  }
  return fields.length > maxFields ? fields.slice(0, maxFields) : fields;
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxFieldLength ? `${text.slice(0, maxFieldLength - 1)}…` : text;
}
