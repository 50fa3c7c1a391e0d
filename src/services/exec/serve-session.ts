import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { sessionEnvironment } from './environment.ts';
import type { LoadGate } from './load-gate.ts';
import type { ExecOptions } from './options.ts';
import { relayProgram } from './relay-program.ts';
import { startProgram } from './start-program.ts';

export interface SessionRequest {
  readonly session: Session;
  readonly options: ExecOptions;
  readonly context: Pick<ServiceContext, 'spawn'>;
  readonly gate: LoadGate;
}

/** A program for one connection: the accepted socket is its own, or where that cannot be, bytes are relayed. */
export async function serveSession({ session, options, context, gate }: SessionRequest): Promise<void> {
  const { descriptor, log } = session;
  const refusal = gate.refusal();
  if (refusal !== null)
    return log.notice(`no program was started: ${refusal}`, { event: 'program.refused', reason: 'load' });
  const env = sessionEnvironment(session);
  if (descriptor === null) return relayProgram(session, { options, context, env, log });
  const program = startProgram({ options, context, env, log, socket: descriptor, signal: session.signal });
  session.handedOver();
  await program.ended;
}
