import type { ListenPlan } from '../../contract/plan.ts';
import type { ExecOptions } from './options.ts';

/** What is wrong between `wait` and the addresses; null if nothing is. */
export function checkExec(
  { wait }: ExecOptions,
  listen: readonly ListenPlan[],
): { path: string; message: string } | null {
  for (const { kind, text, proxyProtocol } of listen) {
    // A datagram is no connection that a program could have for itself.
    if (!wait && kind === 'udp') return { path: 'wait', message: `expected true for ${text}, got false` };
    if (wait && kind === 'tls') return { path: 'wait', message: `expected false for ${text}, got true` };
    if (wait && proxyProtocol.length > 0) {
      return { path: 'wait', message: `expected false where ${text} takes a PROXY header, got true` };
    }
  }
  return null;
}
