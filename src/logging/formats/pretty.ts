import { styleText } from 'node:util';

import type { Severity } from '../../contract/logger.ts';
import { printable } from '../../wire/printable.ts';
import type { LogRecord } from '../record.ts';
import { formatFields } from './text.ts';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Severity, Style>> = {
  emerg: ['bold', 'red'],
  alert: ['bold', 'red'],
  crit: ['bold', 'red'],
  err: 'red',
  warning: 'yellow',
  notice: 'cyan',
  info: 'green',
  debug: 'gray',
};

/** `12:34:56.789 info    session.start session started service=echo …`, for a terminal; times are local. */
export function formatPretty(record: LogRecord, hasColours: boolean): string {
  const paint = (style: Style, text: string): string =>
    hasColours && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const event = record.event === undefined ? '' : `${paint('bold', printable(record.event))} `;
  return [
    paint('dim', clock(new Date(record.time))),
    ' ',
    paint(styles[record.severity], record.severity.padEnd(7)),
    ' ',
    event,
    printable(record.message),
    paint('dim', formatFields(record)),
  ].join('');
}

function clock(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}
