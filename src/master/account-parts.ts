import type { AccountRecord } from '../contract/account.ts';
import type { ToRegistry } from '../contract/registry.ts';

type AccountsMessage = Extract<ToRegistry, { type: 'accounts' }>;

/** Characters of all accounts as JSON: what can wait in a channel until its other end reads, with room to spare. */
export const maxAccountsLength = 48 * 1024 ** 2;
// Much less than a message can hold, because one account may be a large one.
const partLength = 2 * 1024 ** 2;

/** The messages that hand these accounts over; at least one. */
export function splitAccounts(records: readonly AccountRecord[]): readonly AccountsMessage[] {
  const parts: AccountRecord[][] = [[]];
  let length = 0;
  for (const record of records) {
    length += JSON.stringify(record).length;
    if (length > partLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(record);
  }
  return parts.map((part, index) =>
    index === parts.length - 1
      ? { type: 'accounts', records: part }
      : { type: 'accounts', records: part, hasMore: true },
  );
}
