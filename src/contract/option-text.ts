import { resolve } from 'node:path';
import * as z from 'zod';

/**
 * What all option types are made of. Each takes the text of the file and gives a plain value. Every message reads
 * `expected …, got VALUE`, and VALUE is the only part that repeats the input, so that a secret can be left out of it.
 */

export interface TextOption<T> {
  /** Name of the type in documentation and editors. */
  readonly title: string;
  readonly expected: string;
  readonly examples: readonly string[];
  /** For editors; values with `${…}` pass it. */
  readonly pattern?: string;
  readonly remark?: (input: unknown) => string;
  readonly parse: (text: string) => T;
}

/** A type of option that is written as text: the schema with its message, and what editors and the docs show. */
export function textOption<T>(option: TextOption<T>): z.ZodType<T, string> {
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

export function mistaken(expected: string, text: string): OptionError {
  return new OptionError(`expected ${expected}, got ${show(text)}`);
}

/** A text that does not say what was expected. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
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

/** The path made absolute: from the folder that `withBase` set, or else from the working folder. */
export function fromBase(text: string): string {
  return resolve(base, text);
}
