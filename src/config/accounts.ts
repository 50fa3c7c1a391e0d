import type { AccountRecord } from '../contract/account.ts';
import { ConfigError, type Mistake } from '../contract/errors.ts';
import type { AccountSourcePlan } from '../contract/plan.ts';
import { readAccountsFile, type AccountDefaults } from './accounts-file.ts';
import { readHtpasswd } from './htpasswd.ts';

export interface AllAccounts {
  /** Of two with one name, the one in the first file. None at all when there are mistakes. */
  readonly records: readonly AccountRecord[];
  readonly mistakes: ConfigError | null;
  /** Files that are not there, which is no mistake. */
  readonly missing: readonly string[];
}

/** Reads all files of accounts. Databases are not read here: `accounts/sqlite-source.ts` asks them when somebody logs in. */
export function readAccounts(sources: readonly AccountSourcePlan[], defaults: AccountDefaults): AllAccounts {
  const records = new Map<string, AccountRecord>();
  const mistakes: Mistake[] = [];
  const missing: string[] = [];
  for (const { kind, path } of sources) {
    if (kind === 'sqlite') continue;
    const read = kind === 'file' ? readAccountsFile(path, defaults) : readHtpasswd(path, defaults);
    if (read.isMissing) missing.push(path);
    mistakes.push(...(read.mistakes?.mistakes ?? []));
    for (const record of read.records) if (!records.has(record.name)) records.set(record.name, record);
  }
  if (mistakes.length > 0) return { records: [], mistakes: new ConfigError(mistakes), missing };
  return { records: [...records.values()], mistakes: null, missing };
}
