import type { AddressPlan, ListenPlan } from '../../contract/plan.ts';
import type { ForwardOptions } from './options.ts';

/** What is wrong between what is listened to and where it goes; null if nothing is. */
export function checkForward(
  { to }: ForwardOptions,
  listen: readonly ListenPlan[],
): { path: string; message: string } | null {
  for (const own of listen) {
    if (own.kind !== 'socket' && (own.kind === 'udp') !== (to.kind === 'udp')) {
      const expected = own.kind === 'udp' ? 'an address such as "udp://127.0.0.1:53"' : 'a tcp, tls or unix address';
      return { path: 'to', message: `expected ${expected} for what comes to ${own.text}, got "${to.text}"` };
    }
    if (isSame(own, to))
      return { path: 'to', message: `expected another address than the service's own, got "${to.text}"` };
  }
  return null;
}

function isSame(own: AddressPlan, to: AddressPlan): boolean {
  if (own.kind === 'socket') return false;
  if (own.kind === 'unix' || to.kind === 'unix') return own.kind === to.kind && own.path === to.path;
  if (own.port !== to.port) return false;
  return own.host === to.host || (isWildcard(own.host) && isLoopback(to.host));
}

function isWildcard(host: string): boolean {
  return host === '*' || host === '0.0.0.0' || host === '::';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || isWildcard(host);
}
