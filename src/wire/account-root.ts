import { join } from 'node:path';
import type * as z from 'zod';

import type { Account } from '../contract/account.ts';
import { PeerError } from '../contract/errors.ts';
import { parsePath } from '../contract/file-options.ts';
import { mistaken, textOption } from '../contract/option-text.ts';

// Which folder is "/" for whom: one for all, one for each account below it, or the account's home.

const home = '{home}';
const placeholder = /\{[^{}]*\}/g;

/** A folder that may be another for each account: "./pub", "./drop/{account}", "{home}", "{home}/incoming". */
export function rootTemplate(): z.ZodType<string, string> {
  return textOption({
    title: 'root template',
    expected: 'a path such as "{home}"',
    examples: ['{home}', './drop/{account}', '/srv/files'],
    parse: parseRootTemplate,
  });
}

function parseRootTemplate(text: string): string {
  if (/[{}]/.test(text.replaceAll(placeholder, ''))) throw mistaken('every brace to have its other half', text);
  for (const { 0: found, index } of text.matchAll(placeholder)) {
    if (found === '{account}' || (found === home && index === 0)) continue;
    throw mistaken(found === home ? '{home} at the beginning only' : 'placeholders out of {home} {account}', text);
  }
  if (!text.startsWith(home)) return parsePath(text);
  const rest = text.slice(home.length);
  if (rest !== '' && !rest.startsWith('/')) throw mistaken('a slash or nothing behind {home}', text);
  if (rest.split('/').includes('..')) throw mistaken('a path that stays in {home}', text);
  // For what else may be wrong with it.
  parsePath(`/${rest}`);
  return text;
}

/**
 * The folder that is there whoever comes: all of "/srv/files", and "/srv/drop" of "/srv/drop/{account}". null: each account says
 * where it is.
 */
export function commonRoot(template: string): string | null {
  if (template.startsWith(home)) return null;
  const at = template.indexOf('{');
  return at === -1 ? template : template.slice(0, Math.max(1, template.lastIndexOf('/', at)));
}

/** The folder of this account, absolute. Throws a PeerError where one has to be logged in, and nobody is. */
export function accountRoot(template: string, account: Account | null): string {
  if (!template.includes('{')) return template;
  if (account === null) throw new PeerError('this folder is that of an account, and nobody is logged in');
  // Names of accounts hold no slash and begin with no dot.
  const own = template.replaceAll('{account}', () => account.name);
  return own.startsWith(home) ? join(account.home, own.slice(home.length)) : own;
}
