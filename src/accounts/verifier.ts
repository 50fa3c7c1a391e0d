import { availableParallelism } from 'node:os';

import type { AccountRecord, AccountSource } from '../contract/account.ts';
import { parsePasswordHash } from '../wire/password-hash.ts';
import { createDecoy, verifyHash } from './password.ts';
import { createSlots } from './slots.ts';

export interface VerifierOptions {
  readonly source: AccountSource;
  /** How many passwords are computed at once; each takes a processor, and up to 256 MB. Default: one processor less than there are. */
  readonly concurrency?: number;
  /** How many may wait for that. Default: 1000. */
  readonly queue?: number;
}

/** Says who may log in. null: wrong, for whatever reason; which one is not told, neither in words nor by the time it takes. */
export interface Verifier {
  /**
   * Throws BusyError at once when too many wait; other errors mean that it cannot be checked now. None holds the password.
   * `isWanted` is asked when the turn has come: what nobody wants to know any more is not computed, and null.
   */
  check(name: string, password: string, isWanted?: () => boolean): Promise<AccountRecord | null>;
  /** `key`: "TYPE BASE64", as in an AccountRecord. */
  checkKey(name: string, key: string): Promise<AccountRecord | null>;
}

export function createVerifier(options: VerifierOptions): Verifier {
  const { source, concurrency = Math.max(1, availableParallelism() - 1), queue = 1000 } = options;
  const slots = createSlots(concurrency, queue);
  return {
    check: (name, password, isWanted = () => true) =>
      slots(() => (isWanted() ? checkPassword(source, name, password) : Promise.resolve(null))),
    async checkKey(name, key) {
      const record = await source.find(name);
      return record?.keys.includes(key) === true ? record : null;
    },
  };
}

async function checkPassword(source: AccountSource, name: string, password: string): Promise<AccountRecord | null> {
  const record = await source.find(name);
  if (record === null || record.password === null) {
    await verifyHash(password, createDecoy((await source.typicalPassword?.()) ?? null));
    return null;
  }
  return (await verifyHash(password, parsePasswordHash(record.password))) ? record : null;
}
