import type { Account } from '../../contract/account.ts';
import { canLogIn } from '../mailbox/login-rules.ts';
import { decodeBase64, decodeInitial, parsePlain, type Login } from '../mailbox/sasl.ts';
import { capabilities } from './capabilities.ts';
import type { Command } from './grammar.ts';
import { openMailStore, type MailStore } from './mail-store.ts';
import { createCommandSource } from './next-command.ts';
import type { Talk } from './talk.ts';

/** 'tls': it is about to start, and everything begins anew. */
export type Arrival = { readonly store: MailStore } | 'tls' | 'over';

/** An answer is for the tag. */
type Outcome = { readonly answer: string } | { readonly arrival: Arrival };

const maxFailedLogins = 3;
const maxErrors = 20;

/** RFC 9051 3.1, the not authenticated state: ends with mailboxes, or without. */
export async function arrive(talk: Talk): Promise<Arrival> {
  const { session, reader, out, house } = talk;
  const source = createCommandSource(talk, { maxErrors, takesMessages: false });
  let failedLogins = 0;
  for (;;) {
    const asked = await source.next();
    if (asked === null) return 'over';
    if (asked === 'too many errors' || failedLogins >= maxFailedLogins) {
      out.text('* BYE There were too many errors\r\n');
      await out.flush();
      return 'over';
    }
    const { tag, command } = asked;
    const outcome = await obey(command, tag);
    if ('arrival' in outcome) {
      await out.flush();
      return outcome.arrival;
    }
    const { answer } = outcome;
    out.text(`${tag} ${answer}\r\n`);
    if (!answer.startsWith('OK')) source.blame();
    if (failedLogins >= maxFailedLogins) out.text('* BYE There were too many logins that failed\r\n');
    if (!(await out.flush()) || failedLogins >= maxFailedLogins) return 'over';
  }

  async function obey(command: Command, tag: string): Promise<Outcome> {
    switch (command.verb) {
      case 'CAPABILITY':
        out.text(`* CAPABILITY ${capabilities(session, house.rules, false)}\r\n`);
        return { answer: 'OK Done' };
      case 'NOOP':
        return { answer: 'OK Done' };
      case 'ID':
        out.text('* ID ("name" "Portico")\r\n');
        return { answer: 'OK Done' };
      case 'LOGOUT':
        out.text(`* BYE Bye\r\n${tag} OK Done\r\n`);
        return { arrival: 'over' };
      case 'STARTTLS':
        return startTls(tag);
      case 'LOGIN':
        return canLogIn(session, house.rules) ? enter(tag, command) : { answer: tlsFirst };
      case 'AUTHENTICATE': {
        if (!canLogIn(session, house.rules)) return { answer: tlsFirst };
        if (command.mechanism !== 'PLAIN') return { answer: 'NO There is no such mechanism' };
        const login = await askLogin(command.initial);
        if (login === 'over') return { arrival: 'over' };
        return login === null ? { answer: 'BAD That is no login' } : enter(tag, login);
      }
      default:
        return { answer: 'BAD Log in first' };
    }
  }

  async function startTls(tag: string): Promise<Outcome> {
    if (!session.canStartTls) {
      return { answer: session.tls === null ? 'NO There is no TLS here' : 'BAD TLS is there already' };
    }
    // RFC 9051 11.1: what was sent in clear behind the command must not be taken for what comes after the handshake.
    if (!reader.isEmpty) {
      out.text(`${tag} BAD Text was sent behind STARTTLS\r\n`);
      return { arrival: 'over' };
    }
    out.text(`${tag} OK Go ahead\r\n`);
    return { arrival: 'tls' };
  }

  /** null: what came is no login, or gives it up ("*"). */
  async function askLogin(initial: string | null): Promise<Login | null | 'over'> {
    if (initial !== null) {
      const message = decodeInitial(initial);
      return message === null ? null : parsePlain(message);
    }
    out.text('+ \r\n');
    await out.flush();
    const line = await reader.line();
    if (line === null) return 'over';
    const message = line === 'overlong' ? null : decodeBase64(line.toString('latin1'));
    return message === null ? null : parsePlain(message);
  }

  async function enter(tag: string, { name, password }: Login): Promise<Outcome> {
    let account: Account | null;
    try {
      account = await session.authenticate({ name, password });
    } catch (error) {
      session.log.err('a login cannot be checked', { error });
      return { answer: notNow };
    }
    if (account === null) {
      failedLogins += 1;
      return { answer: 'NO [AUTHENTICATIONFAILED] The name or the password is wrong' };
    }
    try {
      const store = await openMailStore({ account, path: house.mailbox(account.name), lock: house.lock });
      out.text(`${tag} OK [CAPABILITY ${capabilities(session, house.rules, true)}] Welcome\r\n`);
      return { arrival: { store } };
    } catch (error) {
      session.log.err('a mailbox cannot be opened', { account: account.name, error });
      return { answer: notNow };
    }
  }
}

const tlsFirst = 'NO [PRIVACYREQUIRED] Start TLS first';
const notNow = 'NO [UNAVAILABLE] This cannot be done now, try again later';
