import type { Session } from '../../contract/session.ts';
import { isPrivateConnection } from '../../wire/private-connection.ts';
import { mechanisms } from './sasl.ts';

export interface LoginRules {
  readonly requireTls: boolean;
}

/** Whether names and passwords are taken as things stand. */
export function canLogIn(session: Session, { requireTls }: LoginRules): boolean {
  return requireTls ? session.tls !== null : isPrivateConnection(session);
}

/** What CAPA tells (RFC 2449 6, RFC 3206 3, RFC 5034 3). */
export function capabilities(session: Session, rules: LoginRules, isLoggedIn: boolean): string[] {
  const login = canLogIn(session, rules) ? ['USER', `SASL ${mechanisms.join(' ')}`] : [];
  const tls = session.canStartTls && !isLoggedIn ? ['STLS'] : [];
  return ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER', ...login, ...tls];
}
