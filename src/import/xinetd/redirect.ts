import { isIP } from 'node:net';

import { OptionError, parseAddress } from '../../contract/options.ts';
import type { AddressPlan } from '../../contract/plan.ts';
import type { ListenDraft } from '../draft.ts';

/** Where a `redirect` of a host and a port leads, as our addresses are written; null: nowhere. */
export function redirectTo(values: readonly string[]): string | null {
  const [host = '', port = '', ...rest] = values;
  const text = `tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return rest.length === 0 && parse(text, true) !== null ? text : null;
}

/** Whether what listens there would be led back to itself, over and over. */
export function leadsToItself(to: string, listen: readonly ListenDraft[]): boolean {
  const target = parse(to, true);
  return listen.some(({ address }) => {
    const own = parse(address, false);
    if (own === null || target === null || own.port !== target.port) return false;
    return own.host === target.host || (isWildcard(own.host) && isLoopback(target.host));
  });
}

function parse(text: string, isDestination: boolean): AddressPlan | null {
  try {
    return parseAddress(text, { isDestination });
  } catch (error) {
    if (error instanceof OptionError) return null;
    throw error;
  }
}

function isWildcard(host: string): boolean {
  return ['*', '0.0.0.0', '::'].includes(host);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || isWildcard(host);
}
