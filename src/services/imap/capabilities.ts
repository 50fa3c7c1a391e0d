import type { Session } from '../../contract/session.ts';
import { canLogIn, type LoginRules } from '../mailbox/login-rules.ts';

const always = 'IMAP4rev2 IMAP4rev1 LITERAL+ SASL-IR ID ENABLE';
const inside =
  'IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN ESEARCH SEARCHRES BINARY LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE';

/** What CAPABILITY tells (RFC 9051 6.1.1). */
export function capabilities(session: Session, rules: LoginRules, isLoggedIn: boolean): string {
  if (isLoggedIn) return `${always} ${inside}`;
  const tls = session.canStartTls ? ['STARTTLS'] : [];
  // RFC 9051 6.2.3.
  const login = canLogIn(session, rules) ? ['AUTH=PLAIN'] : ['LOGINDISABLED'];
  return [always, ...tls, ...login].join(' ');
}
