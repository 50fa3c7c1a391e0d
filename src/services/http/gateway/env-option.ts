import * as z from 'zod';

export const plainText = z.string().regex(/^[^\0]*$/, 'expected text without a NUL character');

/** More variables for a program: a map of names and texts. */
export function envOption() {
  const value = z.union([plainText, z.number(), z.boolean()]).transform(String);
  return z.record(z.string().regex(/^[^=\0]+$/, 'expected the name of a variable'), value).default({});
}
