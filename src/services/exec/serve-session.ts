import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { sessionEnvironment } from './environment.ts';
import type { ExecOptions } from './options.ts';
import { relayProgram } from './relay-program.ts';
import { startProgram } from './start-program.ts';

export interface SessionRequest {
  readonly session: Session;
  readonly options: ExecOptions;
  readonly context: Pick<ServiceContext, 'spawn'>;
}

/** A program for one connection: the accepted socket is its own, or where that cannot be, bytes are relayed. */
export async function serveSession({ session, options, context }: SessionRequest): Promise<void> {
  const { descriptor, log } = session;
  const env = sessionEnvironment(session);
  if (descriptor === null) return relayProgram(session, { options, context, env, log });
  const program = startProgram({ options, context, env, log, socket: descriptor, signal: session.signal });
  session.handedOver();
  await program.ended;
}
