import * as z from 'zod';

import { mistaken, textOption } from '../contract/option-text.ts';

/** Options that several kinds of deliveries have. */

/** A host name or an address without brackets. */
export function hostName(): z.ZodType<string, string> {
  return textOption({
    title: 'host',
    expected: 'a host name or an address',
    examples: ['files.example.com', '192.0.2.1', '::1'],
    parse(text) {
      const isName =
        /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/;
      if (text.length > 253 || !(isName.test(text) || /^[0-9A-Fa-f:.]{2,45}$/.test(text)))
        throw mistaken('a host name or an address', text);
      return text;
    },
  });
}

export const portNumber = z.int().min(1).max(65_535);

/** Text that may stand in a command of a protocol: one line, without control characters. */
export function oneLine(expected: string): z.ZodString {
  return (
    z
      .string()
      .min(1)
      .max(1024)
      // oxlint-disable-next-line no-control-regex
      .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, { error: `expected ${expected} without control characters` })
  );
}

/** Environment variables for a program. */
export function environment() {
  const text = z.string().regex(/^[^\0]*$/, 'expected text without a NUL character');
  return z.record(
    z.string().regex(/^[^=\0]+$/, 'expected the name of a variable'),
    z.union([text, z.number(), z.boolean()]).transform(String),
  );
}
