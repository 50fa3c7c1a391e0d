import type { Session } from '../../contract/session.ts';
import { canLogIn, type LoginRules } from '../mailbox/login-rules.ts';
import { mechanisms } from '../mailbox/sasl.ts';

/** What CAPA tells (RFC 2449 6, RFC 3206 3, RFC 5034 3). */
export function capabilities(session: Session, rules: LoginRules, isLoggedIn: boolean): string[] {
  const login = canLogIn(session, rules) ? ['USER', `SASL ${mechanisms.join(' ')}`] : [];
  const tls = session.canStartTls && !isLoggedIn ? ['STLS'] : [];
  return ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER', ...login, ...tls];
}
