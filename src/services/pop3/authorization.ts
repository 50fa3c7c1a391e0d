import type { Session } from '../../contract/session.ts';
import { canLogIn, type LoginRules } from '../mailbox/login-rules.ts';
import { capabilities } from './capabilities.ts';
import type { CommandReader } from './command-reader.ts';
import type { Entered, Entrance } from './entrance.ts';
import { parseCommand, type Command } from './grammar.ts';
import { write } from '../../wire/room.ts';
import { listing, replies } from './reply.ts';
import {
  decodeBase64,
  decodeInitial,
  isMechanism,
  mechanisms,
  parsePlain,
  type Login,
  type Mechanism,
} from '../mailbox/sasl.ts';

export interface Authorization {
  readonly session: Session;
  readonly reader: CommandReader;
  readonly rules: LoginRules;
  readonly entrance: Entrance;
}

/** 'tls': it is about to start, and everything begins anew. */
export type Arrival = Entered | 'tls' | 'over';

const maxFailedLogins = 3;
const maxErrors = 20;

/** RFC 1939 4, the AUTHORIZATION state: ends with a mailbox, or without. */
export async function authorize({ session, reader, rules, entrance }: Authorization): Promise<Arrival> {
  const say = (text: string): Promise<void> => write(session.stream, text);
  let user: string | null = null;
  let failedLogins = 0;
  let errors = 0;

  for (;;) {
    const line = await reader.next();
    if (line === null) return 'over';
    const parsed = line === 'overlong' ? { flaw: 'The line is too long' } : parseCommand(line);
    if ('flaw' in parsed) await refuse(parsed.flaw);
    else {
      const arrival = await obey(parsed.command);
      if (arrival !== null) return arrival;
    }
    if (errors >= maxErrors || failedLogins >= maxFailedLogins) return 'over';
  }

  async function obey(command: Command): Promise<Arrival | null> {
    switch (command.verb) {
      case 'QUIT':
        await say(replies.ok('Bye'));
        return 'over';
      case 'CAPA':
        await say(listing('These are there', capabilities(session, rules, false)));
        return null;
      case 'STLS':
        return startTls();
      case 'USER':
        if (!canLogIn(session, rules)) return refuse(tlsFirst);
        user = command.name;
        await say(replies.ok('And the password?'));
        return null;
      case 'PASS': {
        if (!canLogIn(session, rules)) return refuse(tlsFirst);
        if (user === null) return refuse('USER comes first');
        const login = { name: user, password: command.password };
        user = null;
        return enter(login);
      }
      case 'AUTH':
        if (!canLogIn(session, rules)) return refuse(tlsFirst);
        return authenticate(command.mechanism, command.initial);
      default:
        return refuse('Log in first');
    }
  }

  async function startTls(): Promise<Arrival | null> {
    if (!session.canStartTls) return refuse(session.tls === null ? 'There is no TLS here' : 'TLS is there already');
    // RFC 2595 4: what was sent in clear behind the command must not be taken for what comes after the handshake.
    if (!reader.isEmpty) {
      await say(replies.no('Text was sent behind STLS'));
      return 'over';
    }
    await say(replies.ok('Go ahead'));
    return 'tls';
  }

  async function authenticate(mechanism: string | null, initial: string | null): Promise<Arrival | null> {
    if (mechanism === null) {
      await say(listing('These are there', mechanisms));
      return null;
    }
    if (!isMechanism(mechanism)) return refuse('There is no such mechanism');
    const login = await askLogin(mechanism, initial);
    if (login === 'over') return 'over';
    return login === null ? refuse('That is no login') : enter(login);
  }

  async function askLogin(mechanism: Mechanism, initial: string | null): Promise<Login | null | 'over'> {
    const first = initial === null ? await ask(mechanism === 'PLAIN' ? '' : 'Username:') : decodeInitial(initial);
    if (first === null || first === 'over') return first;
    if (mechanism === 'PLAIN') return parsePlain(first);
    const second = await ask('Password:');
    if (second === null || second === 'over') return second;
    return { name: first.toString(), password: second.toString() };
  }

  /** null: what came is no answer, or gives it up ("*"). */
  async function ask(question: string): Promise<Buffer | null | 'over'> {
    await say(`+ ${Buffer.from(question).toString('base64')}\r\n`);
    const line = await reader.next();
    if (line === null) return 'over';
    return line === 'overlong' ? null : decodeBase64(line.toString('latin1'));
  }

  async function enter(login: Login): Promise<Arrival | null> {
    const entered = await entrance.enter(session, login);
    if ('maildrop' in entered) return entered;
    if (entered.refusal === replies.wrongLogin) failedLogins += 1;
    await say(entered.refusal);
    return null;
  }

  async function refuse(text: string): Promise<null> {
    errors += 1;
    await say(replies.no(text));
    return null;
  }
}

const tlsFirst = 'Start TLS first';
