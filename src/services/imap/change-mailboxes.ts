import type { OnMailboxes } from './grammar.ts';
import type { StoreFlaw } from './mail-store.ts';
import { done, nameFrom, noMailbox, type Answer, type Visit } from './talk.ts';
import { delimiter } from './mailbox-name.ts';

const answers: Readonly<Record<StoreFlaw, string>> = {
  exists: 'NO [ALREADYEXISTS] There is one of that name',
  absent: noMailbox,
  'too many': 'NO [LIMIT] There are too many',
  inbox: 'NO [CANNOT] There is always an INBOX',
};

const badName = 'NO [CANNOT] There can be no mailbox of that name';

/** RFC 9051 6.3.4 to 6.3.8. */
export async function changeMailboxes(visit: Visit, command: OnMailboxes): Promise<Answer> {
  const { store } = visit;
  // RFC 9051 6.3.4: a delimiter at the end says that others will be below it.
  const given = command.verb === 'CREATE' ? withoutDelimiter(command.mailbox) : command.mailbox;
  const name = nameFrom(visit, given);
  if (name === null) return command.verb === 'CREATE' ? badName : noMailbox;
  switch (command.verb) {
    case 'CREATE':
      return answerOf(await store.create(name));
    case 'DELETE':
      return answerOf(await store.remove(name));
    case 'RENAME': {
      const to = nameFrom(visit, command.to);
      return to === null ? badName : answerOf(await store.rename(name, to));
    }
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      return answerOf(await store.subscribe(name, command.verb === 'SUBSCRIBE'));
  }
}

function answerOf(flaw: StoreFlaw | null): string {
  return flaw === null ? done : answers[flaw];
}

function withoutDelimiter(name: string): string {
  return name.endsWith(delimiter) ? name.slice(0, -1) : name;
}
