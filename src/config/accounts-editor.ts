import type { AccountEditor, AccountRecord } from '../contract/account.ts';
import { FileLocked, withFileLock } from '../system/file-lock.ts';
import { replaceFile } from '../system/replace-file.ts';
import { parsePublicKey } from '../wire/public-key.ts';
import type { AccountEdit } from './account-splice.ts';
import { accountsLimits, readAccountsFile, type AccountDefaults } from './accounts-file.ts';
import { editAccounts, NotEditable } from './edit-accounts.ts';
import { readText, SourceError } from './source.ts';

/** What keeps a change from being made, without anything being wrong with the file. */
export { FileLocked, NotEditable };

/**
 * Accounts in a YAML file, for writing. Every change reads the file anew, under a lock, and replaces it as a whole. A file with mistakes
 * throws their ConfigError and stays as it is. A missing file is made, mode 0600.
 */
export function openAccountsEditor(path: string, defaults: AccountDefaults): AccountEditor {
  return {
    // eslint-disable-next-line typescript/require-await -- what it throws is the answer
    records: async () => read(),
    add: (name, password) => change({ kind: 'add', name, password }, false),
    setPassword: (name, password) => change({ kind: 'password', name, password }, true),
    remove: (name) => change({ kind: 'remove', name }, true),
    async addKey(name, line) {
      const { text, comment } = parsePublicKey(line);
      return await change({ kind: 'key', name, key: `${text} ${comment}`.trim() }, true);
    },
    close() {},
  };

  function read(): readonly AccountRecord[] {
    const { records, mistakes } = readAccountsFile(path, defaults);
    if (mistakes !== null) throw mistakes;
    return records;
  }

  async function change(edit: AccountEdit, mustExist: boolean): Promise<boolean> {
    return await withFileLock(path, () => {
      const record = read().find(({ name }) => name === edit.name);
      if ((record !== undefined) !== mustExist) return false;
      const hasKey = edit.kind === 'key' && record?.keys.includes(parsePublicKey(edit.key).text) === true;
      if (!hasKey) replaceFile(path, editAccounts(readCurrent(path), edit));
      return true;
    });
  }
}

function readCurrent(path: string): string {
  try {
    return readText(path, accountsLimits);
  } catch (error) {
    if (error instanceof SourceError && error.isMissing) return '';
    throw error;
  }
}
