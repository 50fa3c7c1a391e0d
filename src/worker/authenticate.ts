import type { Account, Credentials } from '../contract/account.ts';
import type { Json } from '../contract/bus.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { AuthenticateReply, AuthenticateRequest } from '../contract/registry.ts';
import type { BanList } from '../listeners/ban-list.ts';
import type { EventSession, SessionEvents } from '../logging/session-events.ts';

export interface AuthenticateOptions {
  readonly plan: Pick<ServicePlan, 'name' | 'type' | 'limits' | 'access'>;
  /** Asks the registry; null when it does not answer. */
  ask(request: AuthenticateRequest): Promise<Json>;
  readonly bans: BanList;
  readonly events: Pick<SessionEvents, 'authenticated'>;
}

/** A session's login: who is banned gets no further, everybody else is the registry's to judge; each outcome is one event. */
export type Authenticate = (
  session: EventSession & { readonly peer: Endpoint },
  credentials: Credentials,
) => Promise<Account | null>;

export function createAuthenticate({ plan, ask, bans, events }: AuthenticateOptions): Authenticate {
  const { name: service, type, limits, access } = plan;
  return async (session, credentials) => {
    checkTexts(credentials);
    const { address } = session.peer;
    // The registry knows who is exempt from a ban of its network.
    const isBanned = bans.has(address) && access.neverBan.length === 0;
    const answer = isBanned
      ? { result: 'banned' }
      : await ask({
          what: 'authenticate',
          service,
          type,
          source: address,
          credentials: bounded(credentials),
          limits: { authFailures: limits.authFailures, ban: limits.ban },
        });
    const reply = readReply(answer);
    // The peer may be told so; the reason is the log's.
    if (reply.result === 'busy') throw withoutStack(new Error('logins cannot be checked just now', causeOf(answer)));
    // Whether a key would do is asked before it is proved, often for several in a row: no login and no failure yet.
    const isProbe = 'key' in credentials && !credentials.proven;
    if (!isProbe || reply.result === 'banned') {
      const reason = reply.result === 'failed' ? reply.reason : undefined;
      events.authenticated(reply.result, session, credentials.name, reason);
    }
    return reply.result === 'ok' ? reply.account : null;
  };
}

/** Modules of others may be JavaScript. */
function checkTexts(credentials: Credentials): void {
  const secret: unknown = 'key' in credentials ? credentials.key : credentials.password;
  if (typeof credentials.name !== 'string') throw new TypeError('session.authenticate: expected a name that is a text');
  if (typeof secret === 'string') return;
  const what = 'key' in credentials ? 'key' : 'password';
  throw new TypeError(`session.authenticate: expected a ${what} that is a text`);
}

// Longer than any account's name, key or password can be.
const maxNameLength = 256;
const maxSecretLength = 16_384;

/** What a peer sends goes through the master: no more of it than could be right. */
function bounded(credentials: Credentials): Credentials {
  const name = credentials.name.slice(0, maxNameLength);
  if ('key' in credentials) return { ...credentials, name, key: credentials.key.slice(0, maxSecretLength) };
  return { name, password: credentials.password.slice(0, maxSecretLength) };
}

function readReply(reply: Json): AuthenticateReply {
  // The registry is starting anew, or has more to do than it can, or something is wrong there.
  const isSilent = reply === null || typeof reply === 'string';
  return isSilent ? { result: 'busy' } : (reply as unknown as AuthenticateReply);
}

/** It is no bug of ours: where it came to light says nothing, and many may run into it. */
function withoutStack(error: Error): Error {
  delete error.stack;
  return error;
}

/** A text is what went wrong in the registry. */
function causeOf(answer: Json): ErrorOptions {
  return typeof answer === 'string' ? { cause: new Error(answer) } : {};
}
