import { isIP } from 'node:net';
import type * as z from 'zod';

import { mistaken, textOption } from './option-text.ts';

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
