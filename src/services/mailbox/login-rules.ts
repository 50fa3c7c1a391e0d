import type { Session } from '../../contract/session.ts';
import { isPrivateConnection } from '../../wire/private-connection.ts';

export interface LoginRules {
  readonly requireTls: boolean;
}

/** Whether names and passwords are taken as things stand. */
export function canLogIn(session: Session, { requireTls }: LoginRules): boolean {
  return requireTls ? session.tls !== null : isPrivateConnection(session);
}
