import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { createEnding } from '../mailbox/ending.ts';
import type { LoginRules } from '../mailbox/login-rules.ts';
import { createAccountLock } from './account-lock.ts';
import { arrive, type Arrival } from './arrive.ts';
import { capabilities } from './capabilities.ts';
import { createCommandReader } from './command-reader.ts';
import { createOut } from './out.ts';
import type { House, Talk } from './talk.ts';
import { serveVisit } from './visit.ts';

type Context = Pick<ServiceContext, 'bus' | 'mailbox' | 'stopping'>;

export interface ImapOptions {
  readonly rules: LoginRules;
  readonly maxSize: number;
}

/** An imap service: a session goes through the states of RFC 9051 3. */
export function createImapService(options: ImapOptions, { bus, mailbox, stopping }: Context): Service {
  const house: House = { ...options, lock: createAccountLock(bus), sizes: new Map(), mailbox };
  return {
    async connection(session) {
      const out = createOut(session.stream);
      out.text(`* OK [CAPABILITY ${capabilities(session, house.rules, false)}] IMAP\r\n`);
      await out.flush();
      while ((await talk(session)) === 'tls') await session.startTls();
    },
  };

  async function talk(session: Session): Promise<'tls' | 'over'> {
    using ending = createEnding(session.signal);
    const reader = createCommandReader(session.stream, ending.signal);
    const out = createOut(session.stream);
    const talk: Talk = { session, reader, out, house, isRev2: false };
    try {
      const arrival = await beginVisit(talk, ending.end);
      if (arrival === 'tls') return 'tls';
      if (arrival !== 'over') await serveVisit({ ...talk, store: arrival.store, view: null });
      if (ending.signal.aborted) {
        out.text(`* BYE ${farewells[String(session.signal.reason)] ?? 'The server ends'}\r\n`);
        await out.flush();
      }
      return 'over';
    } finally {
      await reader.close();
    }
  }

  /** Nobody who has logged in is sent away because the daemon ends; everybody else is. */
  async function beginVisit(talk: Talk, end: () => void): Promise<Arrival> {
    if (stopping.aborted) end();
    stopping.addEventListener('abort', end, { once: true });
    try {
      return await arrive(talk);
    } finally {
      stopping.removeEventListener('abort', end);
    }
  }
}

const farewells: Readonly<Record<string, string>> = {
  idle: 'Nothing was said for too long',
  session: 'The time is up',
  kick: 'You are sent away',
};
