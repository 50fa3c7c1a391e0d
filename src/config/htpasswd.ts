import { join } from 'node:path';

import { isAccountName, permissions, type AccountRecord } from '../contract/account.ts';
import { ConfigError } from '../contract/errors.ts';
import { OptionError } from '../contract/options.ts';
import { parsePasswordHash } from '../wire/password-hash.ts';
import { accountNameSchema } from './account-shape.ts';
import { accountsLimits, readAccountsSource, type AccountDefaults, type ReadAccounts } from './accounts-file.ts';
import { createMistakes, type Mistakes } from './mistakes.ts';
import { positionOf, type Range, type Source } from './source.ts';

/** Reads a file of lines NAME:HASH, as Apache and nginx have them. Mistakes come without excerpts: every line holds a hash. */
export function readHtpasswd(path: string, { state }: Pick<AccountDefaults, 'state'>): ReadAccounts {
  const mistakes = createMistakes();
  const source = readAccountsSource(path, mistakes);
  if (source === null) return { records: [], mistakes: null, isMissing: true };
  const records = mistakes.count > 0 ? [] : readLines(source, mistakes, state);
  if (mistakes.count === 0) return { records, mistakes: null, isMissing: false };
  const shown = mistakes.toError([path]).mistakes.map((mistake) => ({ ...mistake, excerpt: null }));
  return { records: [], mistakes: new ConfigError(shown), isMissing: false };
}

function readLines(source: Source, mistakes: Mistakes, state: string): AccountRecord[] {
  const records = new Map<string, AccountRecord>();
  const places = new Map<string, number>();
  for (const start of source.lineStarts) {
    const end = source.text.indexOf('\n', start);
    const line = source.text.slice(start, end < 0 ? undefined : end).trimEnd();
    if (line.trim() === '' || line.startsWith('#')) continue;
    const range: Range = [start, start + Math.max(1, line.indexOf(':'))];
    const record = readLine(line, state);
    if (typeof record === 'string') {
      mistakes.add(source, range, [], record);
    } else if (records.has(record.name)) {
      const first = positionOf(source, places.get(record.name) ?? 0).line;
      mistakes.add(source, range, [], `duplicate name ${JSON.stringify(record.name)}, first on line ${first}`);
    } else {
      records.set(record.name, record);
      places.set(record.name, start);
    }
    if (records.size <= accountsLimits.maxAccounts) continue;
    mistakes.add(source, range, [], `expected at most ${accountsLimits.maxAccounts} accounts`);
    break;
  }
  return [...records.values()];
}

/** The account, or what is wrong. */
function readLine(line: string, state: string): AccountRecord | string {
  const [, name, password] = /^([^:]*):([^:]*)$/.exec(line) ?? [];
  // Without exactly one colon nobody can tell which part is the name, and may be shown.
  if (name === undefined || password === undefined) return 'expected NAME:HASH';
  if (!isAccountName(name)) return accountNameSchema.safeParse(name).error?.issues[0]?.message ?? 'expected a name';
  try {
    parsePasswordHash(password, 'set a new password with "htpasswd -B FILE NAME"');
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return `${JSON.stringify(name)}: ${error.message}`;
  }
  const home = join(state, 'home', name);
  return { name, password, keys: [], home, services: null, permissions, quota: null, mail: [] };
}
