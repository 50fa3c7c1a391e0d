import type { IncomingMessage } from 'node:http';

import type { Account } from '../../contract/account.ts';
import type { Session } from '../../contract/session.ts';
import { isPrivateConnection } from '../../wire/private-connection.ts';
import { HttpError } from './route.ts';

// HTTP Basic (RFC 7617): who may use a route.

export interface Access {
  /** Names of accounts, or any; undefined: everybody, without logging in. */
  readonly accounts?: readonly string[] | 'any' | undefined;
  /** Whether passwords may come over the network in clear. */
  readonly insecure: boolean;
}

/** null: nobody has to log in. Otherwise who has; throws the HttpError that becomes the answer to everybody else. */
export type Guard = (session: Session, request: IncomingMessage) => Promise<Account>;

export function createGuard({ accounts, insecure }: Access, realm: string, known: KnownLogins): Guard | null {
  if (accounts === undefined) return null;
  const names = accounts === 'any' ? null : new Set(accounts);
  const challenge = { 'WWW-Authenticate': `Basic realm="${quotable(realm)}", charset="UTF-8"` };
  return async (session, request) => {
    if (!insecure && !isPrivateConnection(session)) {
      throw new HttpError(403, 'Passwords are not taken over a connection without TLS.');
    }
    const { authorization } = request.headers;
    if (authorization === undefined) throw new HttpError(401, 'Log in to see this.', challenge);
    const account = await known.check(session, authorization);
    if (account === null) throw new HttpError(401, 'The name or the password is wrong.', challenge);
    if (names !== null && !names.has(account.name)) throw new HttpError(403, 'This is not for your account.');
    return account;
  };
}

/** Passwords are slow to check on purpose: once for each connection, as long as the peer sends the same header. */
export interface KnownLogins {
  check(session: Session, authorization: string): Promise<Account | null>;
}

export function createKnownLogins(): KnownLogins {
  const logins = new WeakMap<Session, { readonly authorization: string; readonly account: Account }>();
  return {
    async check(session, authorization) {
      const login = logins.get(session);
      if (login?.authorization === authorization) return login.account;
      const credentials = parseBasic(authorization);
      if (credentials === null) return null;
      const account = await authenticate(session, credentials);
      if (account !== null) logins.set(session, { authorization, account });
      return account;
    },
  };
}

async function authenticate(
  session: Session,
  credentials: { name: string; password: string },
): Promise<Account | null> {
  try {
    return await session.authenticate(credentials);
  } catch (error) {
    session.log.err('a login cannot be checked', { error });
    throw new HttpError(503, 'Logins cannot be checked just now. Try again later.', { 'Retry-After': '5' });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** null for what is no name and password in the form of Basic. */
export function parseBasic(authorization: string): { readonly name: string; readonly password: string } | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) return null;
  let text: string;
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'));
  } catch {
    return null;
  }
  const colon = text.indexOf(':');
  // RFC 7617 2: no control characters in either.
  if (colon < 1 || /\p{Cc}/u.test(text)) return null;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&');
}
