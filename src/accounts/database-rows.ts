import { dirname, join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { isAccountName, permissions, type AccountRecord, type Permission } from '../contract/account.ts';
import { parsePublicKey } from '../wire/public-key.ts';

type Row = Readonly<Record<string, unknown>>;

export interface AccountRows {
  find(name: string): AccountRecord | null;
  findByMail(address: string): AccountRecord | null;
  all(): AccountRecord[];
  passwords(limit: number): string[];
}

/** Accounts out of the tables. Whatever others wrote there is checked; what cannot be an account throws, and says why. */
export function createAccountRows(database: DatabaseSync, path: string, state: string): AccountRows {
  const byName = database.prepare('SELECT * FROM accounts WHERE name = ?');
  const byMail = database.prepare('SELECT account FROM account_mail WHERE address = ?');
  const every = database.prepare('SELECT * FROM accounts ORDER BY name');
  const keysOf = database.prepare('SELECT key FROM account_keys WHERE account = ? ORDER BY rowid');
  const mailOf = database.prepare('SELECT address FROM account_mail WHERE account = ? ORDER BY rowid');
  const passwords = database.prepare('SELECT password FROM accounts WHERE password IS NOT NULL LIMIT ?');
  const rows: AccountRows = {
    find(name) {
      const row = byName.get(name);
      return row === undefined ? null : read(row);
    },
    findByMail(address) {
      const name = byMail.get(address)?.['account'];
      return typeof name === 'string' ? rows.find(name) : null;
    },
    all: () => every.all().map(read),
    passwords: (limit) => passwords.all(limit).map(({ password }) => String(password)),
  };
  return rows;

  function read(row: Row): AccountRecord {
    const name = String(row['name']);
    if (!isAccountName(name)) throw new Error(`account ${JSON.stringify(name)}: this cannot be the name of an account`);
    try {
      return readAccount(row, name);
    } catch (error) {
      throw new Error(`account ${JSON.stringify(name)}: ${(error as Error).message}`, { cause: error });
    }
  }

  function readAccount(row: Row, name: string): AccountRecord {
    const home = textOf(row['home']);
    const quota = row['quota'];
    return {
      name,
      password: textOf(row['password']),
      home: home === null ? join(state, 'home', name) : resolve(dirname(path), home),
      services: listOf(row['services']),
      permissions: permissionsOf(row['permissions']),
      quota: typeof quota === 'number' && quota >= 0 ? quota : null,
      keys: keysOf.all(name).map(({ key }) => parsePublicKey(String(key)).text),
      mail: mailOf.all(name).map(({ address }) => String(address)),
    };
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : null;
}

/** "ftp, sftp"; NULL is all of them, and an empty text none. */
function listOf(value: unknown): string[] | null {
  if (typeof value !== 'string') return null;
  return value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function permissionsOf(value: unknown): readonly Permission[] {
  const words = listOf(value);
  if (words === null) return permissions;
  const wrong = words.find((word) => !permissions.some((known) => known === word));
  if (wrong !== undefined) {
    throw new Error(`permissions: expected some of ${permissions.join(', ')}, got ${JSON.stringify(wrong)}`);
  }
  return permissions.filter((known) => words.includes(known));
}
