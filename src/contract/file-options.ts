import type * as z from 'zod';

import { fromBase, mistaken, textOption } from './option-text.ts';

const maxPathBytes = 4095;

/** A path, made absolute: relative to the folder of the file that names it. */
export function path(): z.ZodType<string, string> {
  return textOption({ title: 'path', expected: 'a path', examples: ['./public'], parse: parsePath });
}

export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw mistaken('a path', text);
  const absolute = fromBase(text);
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
