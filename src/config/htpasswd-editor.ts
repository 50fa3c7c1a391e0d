import { existsSync } from 'node:fs';

import type { AccountEditor } from '../contract/account.ts';
import type { AccountDefaults } from './accounts-file.ts';
import { NotEditable } from './edit-accounts.ts';
import { readHtpasswd } from './htpasswd.ts';

/**
 * Accounts in an htpasswd file: they can be listed. Changes are left to htpasswd(1), for other servers read the file too, and would not
 * know our hashes.
 */
export function openHtpasswdEditor(path: string, { state }: Pick<AccountDefaults, 'state'>): AccountEditor {
  const refuse = (hint: string): Promise<never> =>
    Promise.reject(new NotEditable(`an htpasswd file is kept with the program of that name: ${hint}`));
  return {
    records() {
      const { records, mistakes } = readHtpasswd(path, { state });
      return mistakes === null ? Promise.resolve(records) : Promise.reject(mistakes);
    },
    // Without a file, htpasswd wants to be told to make one.
    add: (name) => refuse(`htpasswd -B ${existsSync(path) ? '' : '-c '}${path} ${name}`),
    setPassword: (name) => refuse(`htpasswd -B ${path} ${name}`),
    remove: (name) => refuse(`htpasswd -D ${path} ${name}`),
    addKey: () => refuse('it has no place for keys'),
    close() {},
  };
}
