import type { Session } from '../../contract/session.ts';
import type { LoginRules } from '../mailbox/login-rules.ts';
import { capabilities } from './capabilities.ts';
import type { CommandReader } from './command-reader.ts';
import { parseCommand, type Command } from './grammar.ts';
import type { Maildrop, Message } from './maildrop.ts';
import { write } from '../../wire/room.ts';
import { listing, replies } from './reply.ts';
import { sendMessage } from './send-message.ts';
import { createTop } from './top.ts';

export interface Transaction {
  readonly session: Session;
  readonly reader: CommandReader;
  readonly rules: LoginRules;
  readonly maildrop: Maildrop;
}

const maxErrors = 100;

/** RFC 1939 5, the TRANSACTION state. True: it ended with QUIT; only then is anything deleted. */
export async function transact({ session, reader, rules, maildrop }: Transaction): Promise<boolean> {
  const { stream } = session;
  let errors = 0;
  await write(stream, replies.ok(summary(maildrop)));
  for (;;) {
    const line = await reader.next();
    if (line === null) return false;
    const parsed = line === 'overlong' ? { flaw: 'The line is too long' } : parseCommand(line);
    if ('command' in parsed && parsed.command.verb === 'QUIT') return true;
    const answer = 'flaw' in parsed ? replies.no(parsed.flaw) : await obey(parsed.command);
    if (answer !== null) await write(stream, answer);
    if (answer?.startsWith('-') === true) errors += 1;
    if (errors >= maxErrors) return false;
  }

  /** null: it is answered. */
  async function obey(command: Command): Promise<string | null> {
    switch (command.verb) {
      case 'STAT':
        return replies.ok(`${maildrop.count} ${maildrop.octets}`);
      case 'LIST':
        return list(command.number, summary(maildrop), ({ number, octets }) => `${number} ${octets}`);
      case 'UIDL':
        return list(command.number, '', ({ number, uid }) => `${number} ${uid}`);
      case 'RETR':
        return retrieve(command.number, null);
      case 'TOP':
        return retrieve(command.number, command.lines);
      case 'DELE': {
        const message = maildrop.find(command.number);
        if (message === undefined) return replies.noMessage;
        maildrop.markDeleted(message);
        return replies.ok(`Message ${message.number} goes at QUIT`);
      }
      case 'RSET':
        maildrop.reset();
        return replies.ok(summary(maildrop));
      case 'NOOP':
        return replies.ok();
      case 'CAPA':
        return listing('These are there', capabilities(session, rules, true));
      default:
        return replies.no('You are logged in');
    }
  }

  function list(number: number | null, first: string, lineOf: (message: Message) => string): string {
    if (number === null) return listing(first, Array.from(maildrop.messages(), lineOf));
    const message = maildrop.find(number);
    return message === undefined ? replies.noMessage : replies.ok(lineOf(message));
  }

  /** `lines` null: all. */
  async function retrieve(number: number, lines: number | null): Promise<string | null> {
    const message = maildrop.find(number);
    if (message === undefined) return replies.noMessage;
    const handle = await maildrop.open(message).catch((error: unknown) => {
      session.log.err('a message cannot be read', { error });
      return 'unreadable' as const;
    });
    if (handle === 'unreadable') return replies.notNow;
    if (handle === null) return replies.no('The message is gone');
    const [first, top] =
      lines === null ? [replies.ok(`${message.octets} octets`), null] : [replies.ok(), createTop(lines)];
    const isSent = await sendMessage({ stream, handle, first, top }).finally(() => handle.close());
    if (isSent && lines === null) maildrop.markRead(message);
    return null;
  }
}

function summary({ count, octets }: Maildrop): string {
  return `${count} ${count === 1 ? 'message' : 'messages'} (${octets} octets)`;
}
