import { readAccounts } from '../config/accounts.ts';
import type { AccountRecord } from '../contract/account.ts';
import type { Plan } from '../contract/plan.ts';
import { maxAccountsLength } from './account-parts.ts';
import { createFileWatch, type FileWatch } from './file-watch.ts';

/** Reads the accounts files with the master's rights and watches them. */
export interface Accounts {
  /** Reads them now and whenever one changes. Files with mistakes leave everything as it was last. */
  watch(plan: Pick<Plan, 'accounts' | 'daemon'>, news: AccountsNews): void;
  close(): void;
}

export interface AccountsNews {
  loaded(records: readonly AccountRecord[], isFirst: boolean): void;
  /** There is no such file, at the start. */
  missing(path: string): void;
  /** With the places of the mistakes. */
  rejected(reason: string): void;
}

export function createAccounts(): Accounts {
  let watch: FileWatch | null = null;
  const close = (): void => {
    watch?.close();
    watch = null;
  };
  return {
    close,
    watch({ accounts, daemon }, news) {
      close();
      const files = accounts.filter(({ kind }) => kind !== 'sqlite');
      /** Files that have been there. */
      const seen = new Set<string>();
      let last: string | null = null;
      const look = (isFirst: boolean): void => {
        const { records, mistakes, missing } = readAccounts(files, daemon);
        for (const { path } of files) if (!missing.includes(path)) seen.add(path);
        if (mistakes !== null) return news.rejected(mistakes.message);
        // There may be none yet; one that disappears is a mistake, and nobody is locked out by it.
        if (isFirst) for (const path of missing) news.missing(path);
        const gone = missing.filter((path) => seen.has(path));
        if (gone.length > 0) return news.rejected(`there is no file ${gone.join(' ')}`);
        const text = JSON.stringify(records);
        if (text.length > maxAccountsLength)
          return news.rejected(`${records.length} accounts are too many for files: keep them in a database`);
        if (text === last) return;
        last = text;
        news.loaded(records, isFirst);
      };
      const paths = files.map(({ path }) => path);
      watch = createFileWatch(paths, { changed: () => look(false), failed: news.rejected });
      look(true);
    },
  };
}
