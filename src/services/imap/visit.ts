import { TemporaryError } from '../../contract/errors.ts';
import { appendMessage } from './append.ts';
import { capabilities } from './capabilities.ts';
import { changeMailboxes } from './change-mailboxes.ts';
import { expunge, storeFlags } from './change-messages.ts';
import { copyMessages } from './copy-messages.ts';
import { Flaw } from './cursor.ts';
import { fetchMessages } from './fetch.ts';
import type { Command, OnSelected } from './grammar.ts';
import { idle } from './idle.ts';
import { listMailboxes } from './list-mailboxes.ts';
import { createCommandSource, type Asked } from './next-command.ts';
import { searchMessages } from './search.ts';
import { selectMailbox } from './select.ts';
import { statusOf } from './status.ts';
import { done, nameFrom, noMailbox, overQuota, type Answer, type Visit } from './talk.ts';
import type { View } from './view.ts';

const maxErrors = 100;

/** RFC 9051 3.2 to 3.4: what a peer that has logged in does, until it goes. */
export async function serveVisit(visit: Visit): Promise<void> {
  const { out } = visit;
  const source = createCommandSource(visit, { maxErrors, takesMessages: true });
  for (;;) {
    const asked = await source.next();
    if (asked === null) return;
    if (asked === 'too many errors') {
      out.text('* BYE There were too many errors\r\n');
      await out.flush();
      return;
    }
    const { tag, command } = asked;
    const answer = await obey(visit, asked);
    if (answer === null) return;
    if (answer.startsWith('BAD')) source.blame();
    if (visit.view !== null) out.text(await refresh(visit.view, command));
    out.text(command.verb === 'LOGOUT' ? `* BYE Bye\r\n${tag} ${answer}\r\n` : `${tag} ${answer}\r\n`);
    if (!(await out.flush()) || command.verb === 'LOGOUT') return;
  }

  async function refresh(view: View, command: Command): Promise<string> {
    // RFC 9051 7.5.1: numbers may not change while a peer tells by them what it wants.
    const isByNumber = ['FETCH', 'STORE', 'SEARCH'].includes(command.verb) && !('isUid' in command && command.isUid);
    try {
      return await view.refresh({ mayExpunge: !isByNumber });
    } catch (error) {
      visit.session.log.err('a mailbox cannot be looked at', { error });
      return '';
    }
  }
}

async function obey(visit: Visit, asked: Asked): Promise<Answer> {
  try {
    return await perform(visit, asked);
  } catch (error) {
    if (error instanceof Flaw) return `BAD ${error.message}`;
    if (error instanceof TemporaryError) return 'NO [INUSE] Others are at work on it, try again later';
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || visit.session.stream.destroyed) throw error;
    visit.session.log.err('a command on a mailbox failed', { error });
    if (code === 'ENOSPC' || code === 'EDQUOT') return overQuota;
    return code === 'EACCES' || code === 'EPERM' ? 'NO [NOPERM] This may not be done' : notNow;
  }
}

const notNow = 'NO [UNAVAILABLE] This cannot be done now, try again later';

async function perform(visit: Visit, { tag, command }: Asked): Promise<Answer> {
  const { out, session, house } = visit;
  switch (command.verb) {
    case 'CAPABILITY':
      out.text(`* CAPABILITY ${capabilities(session, house.rules, true)}\r\n`);
      return done;
    case 'NOOP':
    case 'LOGOUT':
      return done;
    case 'ID':
      out.text('* ID ("name" "Portico")\r\n');
      return done;
    case 'NAMESPACE':
      out.text('* NAMESPACE (("" ".")) NIL NIL\r\n');
      return done;
    case 'ENABLE': {
      const isEnabled = command.names.includes('IMAP4REV2');
      visit.isRev2 ||= isEnabled;
      out.text(`* ENABLED${isEnabled ? ' IMAP4rev2' : ''}\r\n`);
      return done;
    }
    case 'SELECT':
    case 'EXAMINE':
      return selectMailbox(visit, { mailbox: command.mailbox, isReadOnly: command.verb === 'EXAMINE' });
    case 'CREATE':
    case 'DELETE':
    case 'RENAME':
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      return changeMailboxes(visit, command);
    case 'LIST':
    case 'LSUB':
      return listMailboxes(visit, command.listing, command.verb);
    case 'STATUS': {
      const name = nameFrom(visit, command.mailbox);
      const told = name === null || !(await visit.store.has(name)) ? null : await statusOf(visit, name, command.items);
      if (told === null) return noMailbox;
      out.text(told);
      return done;
    }
    case 'APPEND':
      return appendMessage(visit, command);
    case 'IDLE':
      return idle(visit);
    case 'LOGIN':
    case 'AUTHENTICATE':
    case 'STARTTLS':
      return 'BAD You are logged in';
    default:
      return visit.view === null ? 'BAD Select a mailbox first' : performSelected(visit, visit.view, { tag, command });
  }
}

interface AskedSelected {
  readonly tag: string;
  readonly command: OnSelected;
}

async function performSelected(visit: Visit, view: View, { tag, command }: AskedSelected): Promise<Answer> {
  switch (command.verb) {
    case 'CHECK':
      return done;
    case 'CLOSE':
      // RFC 9051 6.4.1: nobody is told.
      if (!view.isReadOnly) await expunge(view, null);
      visit.view = null;
      return done;
    case 'UNSELECT':
      visit.view = null;
      return done;
    case 'EXPUNGE':
      return expunge(view, null);
    case 'UID EXPUNGE':
      return expunge(view, command.set);
    case 'FETCH':
      return fetchMessages(visit, view, command);
    case 'STORE':
      return storeFlags(visit, view, command);
    case 'COPY':
    case 'MOVE':
      return copyMessages(visit, view, { ...command, isMove: command.verb === 'MOVE' });
    case 'SEARCH':
      return searchMessages(visit, view, { ...command, tag });
  }
}
