import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { authorize, type Arrival } from './authorization.ts';
import { createEnding, type Ending } from '../mailbox/ending.ts';
import type { LoginRules } from '../mailbox/login-rules.ts';
import { createCommandReader, type CommandReader } from './command-reader.ts';
import { createEntrance, type Entered, type Entrance } from './entrance.ts';
import { write } from '../../wire/room.ts';
import { replies } from './reply.ts';
import { transact } from './transaction.ts';

type Context = Pick<ServiceContext, 'bus' | 'mailbox' | 'stopping'>;

/** A pop3 service: a session goes through the states of RFC 1939, the last of which alone changes the mailbox. */
export function createPop3Service(rules: LoginRules, context: Context): Service {
  const entrance = createEntrance(context);
  return {
    async connection(session) {
      await write(session.stream, replies.ok('POP3'));
      for (;;) {
        const arrival = await talk(session);
        if (arrival === 'over') return;
        await session.startTls();
      }
    },
  };

  async function talk(session: Session): Promise<'tls' | 'over'> {
    // RFC 1939 3: who is silent for too long is told nothing, and nothing of what it has marked is deleted.
    using ending = createEnding(session.signal);
    const reader = createCommandReader(session.stream, ending.signal);
    try {
      const arrival = await arrive(session, reader, ending);
      if (arrival === 'tls' || arrival === 'over') return arrival;
      await serve(session, reader, arrival);
      return 'over';
    } finally {
      await reader.close();
    }
  }

  /** Nobody who has a mailbox, or is just getting it, is sent away because the daemon ends; everybody else is. */
  async function arrive(session: Session, reader: CommandReader, ending: Ending): Promise<Arrival> {
    const { stopping } = context;
    if (stopping.aborted) return 'over';
    let isEntering = false;
    const onDrain = (): void => {
      if (!isEntering) ending.end();
    };
    const watched: Entrance = {
      async enter(visitor, login) {
        isEntering = true;
        const entered = await entrance.enter(visitor, login);
        isEntering = 'maildrop' in entered;
        if (stopping.aborted) onDrain();
        return entered;
      },
    };
    stopping.addEventListener('abort', onDrain, { once: true });
    try {
      return await authorize({ session, reader, rules, entrance: watched });
    } finally {
      stopping.removeEventListener('abort', onDrain);
    }
  }

  async function serve(session: Session, reader: CommandReader, entered: Entered): Promise<void> {
    using mailbox = entered;
    const { maildrop } = mailbox;
    if (!(await transact({ session, reader, rules, maildrop }))) return;
    const { left, error } = await maildrop.update();
    if (error !== null) session.log.err('a mailbox cannot be changed', { error });
    // Whoever comes again at once gets it.
    mailbox[Symbol.dispose]();
    await write(session.stream, left === 0 ? replies.ok('Bye') : replies.no(`[SYS/TEMP] ${left} were not removed`));
  }
}
