import type { Account } from '../../contract/account.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { createMaildir } from './maildir.ts';
import { openMaildrop, type Maildrop } from './maildrop.ts';
import { createMailboxLock } from './mailbox-lock.ts';
import { createMessageSizes } from './message-sizes.ts';
import { replies } from './reply.ts';
import type { Login } from '../mailbox/sasl.ts';

/** From a name and a password to the mailbox. */
export interface Entrance {
  enter(session: Session, login: Login): Promise<Entered | Refused>;
}

/** Disposing of it lets the next session have the mailbox. */
export interface Entered extends Disposable {
  readonly maildrop: Maildrop;
}

export interface Refused {
  readonly refusal: string;
}

export function createEntrance({ bus, mailbox }: Pick<ServiceContext, 'bus' | 'mailbox'>): Entrance {
  const lock = createMailboxLock(bus);
  const sizes = createMessageSizes();
  return {
    async enter(session, login) {
      const account = await authenticate(session, login);
      if ('refusal' in account) return account;
      const { name } = account;
      const held = await lock.take(name);
      if (held === null) return { refusal: replies.inUse };
      try {
        const maildrop = await openMaildrop({ maildir: createMaildir(mailbox(name)), name, sizes });
        return { maildrop, [Symbol.dispose]: () => held[Symbol.dispose]() };
      } catch (error) {
        held[Symbol.dispose]();
        session.log.err('a mailbox cannot be read', { account: name, error });
        return { refusal: isForbidden(error) ? replies.notReadable : replies.notNow };
      }
    },
  };
}

async function authenticate(session: Session, login: Login): Promise<Account | Refused> {
  try {
    return (await session.authenticate(login)) ?? { refusal: replies.wrongLogin };
  } catch (error) {
    session.log.err('a login cannot be checked', { error });
    return { refusal: replies.notNow };
  }
}

function isForbidden(error: unknown): boolean {
  return /^(?:EACCES|EPERM)$/.test(String((error as NodeJS.ErrnoException).code));
}
