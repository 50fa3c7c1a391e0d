import type { Mailbox } from '../contract/account.ts';
import type { Json } from '../contract/bus.ts';
import { reasonOf, TemporaryError } from '../contract/errors.ts';
import type { RegistryRequest } from '../contract/registry.ts';

export type FindMailboxes = (addresses: readonly string[]) => Promise<readonly (Mailbox | null)[]>;

/** Asks the registry whose mail addresses are. `ask`: null when nobody answers, a text when something is wrong there. */
export function createMailboxFinder(ask: (request: RegistryRequest) => Promise<Json>): FindMailboxes {
  return async (addresses) => {
    const answer = await ask({ what: 'mailboxes', addresses }).catch((error: unknown) => {
      throw new TemporaryError(`accounts cannot be asked: ${reasonOf(error)}`, null, { cause: error });
    });
    if (Array.isArray(answer)) return answer;
    throw new TemporaryError(`accounts cannot be asked: ${typeof answer === 'string' ? answer : 'no answer'}`);
  };
}

/** Where there are no accounts. */
export const findNoMailboxes: FindMailboxes = (addresses) => Promise.resolve(addresses.map(() => null));
