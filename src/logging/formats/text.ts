import { severities } from '../../contract/logger.ts';
import { printable } from '../../wire/printable.ts';
import type { LogRecord } from '../record.ts';

/** `message event=session.start service=echo …`: one line for people and for line-based logs. */
export function formatText(record: LogRecord): string {
  const event = record.event === undefined ? '' : ` event=${quoteIfNeeded(record.event)}`;
  return `${printable(record.message)}${event}${formatFields(record)}`;
}

/** ` name=value name="value with spaces"`, each with a space in front. */
export function formatFields(record: LogRecord): string {
  let text = '';
  for (const [name, value] of record.fields) text += ` ${printable(name)}=${quoteIfNeeded(value)}`;
  return text;
}

/** "<6>message …": the severity as systemd's journal reads it from standard error (sd-daemon(3)). */
export function formatPrefixed(record: LogRecord): string {
  return `<${severities.indexOf(record.severity)}>${formatText(record)}`;
}

function quoteIfNeeded(value: string): string {
  const text = printable(value);
  return text === '' || /[\s"=]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}
