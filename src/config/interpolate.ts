import { resolve } from 'node:path';

import { readText, SourceError } from './source.ts';

/** Where the values of `${…}` come from. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the file that is read. */
  readonly folder: string;
}

export interface Interpolated {
  readonly text: string;
  /** Something was replaced by a value that is not written in the file. */
  readonly isSecret: boolean;
  /** What could not be replaced, each in words. */
  readonly failures: readonly string[];
}

const expression = /\$?\$\{([^}]*)(\}?)/g;
const maxFileBytes = 1024 ** 2;

/**
 * Replaces `${NAME}`, `${NAME:-fallback}` (for an unset or empty NAME) and `${file:PATH}` (contents without the last
 * newline). `$${` stands for `${` itself. Returns null when there is nothing to replace.
 */
export function interpolate(text: string, surroundings: Surroundings): Interpolated | null {
  if (!text.includes('${')) return null;
  const failures: string[] = [];
  let isSecret = false;
  const replaced = text.replace(expression, (whole: string, inner: string, end: string) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    try {
      if (end === '') throw new SourceError(`expected a "}" after "\${"; "$\${" stands for "\${" itself`);
      const value = evaluate(inner, surroundings);
      isSecret ||= value.isSecret;
      return value.text;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failures.push(error.message);
      return '';
    }
  });
  return { text: replaced, isSecret, failures };
}

function evaluate(inner: string, { env, folder }: Surroundings): { readonly text: string; readonly isSecret: boolean } {
  if (inner.startsWith('file:')) return { text: readValue(inner.slice('file:'.length), folder), isSecret: true };
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name === undefined || fallback?.includes('${') === true) {
    throw new SourceError(
      `expected "\${NAME}", "\${NAME:-fallback}" or "\${file:PATH}", got ${JSON.stringify(`\${${inner}}`)}; "$\${" stands for "\${" itself`,
    );
  }
  const value = env[name];
  if (fallback !== undefined && (value === undefined || value === '')) return { text: fallback, isSecret: false };
  if (value === undefined) throw new SourceError(`the environment variable ${name} is not set`);
  return { text: value, isSecret: true };
}

function readValue(path: string, folder: string): string {
  try {
    if (path === '') throw new SourceError('there is no path');
    return readText(resolve(folder, path), { maxBytes: maxFileBytes, maxText: '1MB' }).replace(/\r?\n$/, '');
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new SourceError(`cannot read ${JSON.stringify(path)}: ${error.message}`);
  }
}
