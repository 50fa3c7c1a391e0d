import { PeerError } from '../../../contract/errors.ts';
import type { Session } from '../../../contract/session.ts';
import { untilAborted } from '../transfer/until-aborted.ts';

/** What a file system of somebody else's does, until the session ends: a PeerError then, for there is nobody left to be told. */
export async function whileInSession<T>({ signal }: Pick<Session, 'signal'>, task: Promise<T>): Promise<T> {
  try {
    return await untilAborted(task, signal);
  } catch (error) {
    throw signal.aborted ? new PeerError('the session has ended') : error;
  }
}
