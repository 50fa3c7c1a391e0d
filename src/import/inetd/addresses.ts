import { isIPv6 } from 'node:net';

import type { ListenDraft } from '../draft.ts';
import type { Dialect } from './dialect.ts';
import type { Entry } from './grammar.ts';

/** Where an entry listens. */
export function addressesOf(entry: Entry, dialect: Dialect, remarks: string[]): readonly ListenDraft[] {
  const { service, hosts, owner, socketType } = entry;
  if (service.startsWith('/')) {
    if (owner !== null) remarks.push(`left out: the socket's owner ${owner.user}:${owner.group}`);
    const mode = /^0?[0-7]{3}$/.exec(owner?.mode ?? '')?.[0];
    return [{ address: `unix:${service}`, ...(mode === undefined ? {} : { mode: mode.padStart(4, '0') }) }];
  }
  const scheme = socketType === 'dgram' ? 'udp' : 'tcp';
  const everywhere = anyHost(entry.protocol, dialect);
  const each = hosts.length === 0 ? [everywhere] : hosts.map((host) => (host === '*' ? everywhere : host));
  return [...new Set(each)].map((host) => ({ address: `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${service}` }));
}

/** "tcp6only" of GNU is "tcp6" elsewhere, and plain "tcp" is both families with openbsd-inetd alone. */
function anyHost(protocol: string, dialect: Dialect): string {
  const family = protocol.replace(/^(?:tcp|udp)/, '');
  if (family === '4') return '0.0.0.0';
  if (family === '46') return '*';
  if (family === '6only') return '::';
  if (family === '6') return dialect === 'gnu' ? '*' : '::';
  return dialect === 'openbsd' ? '*' : '0.0.0.0';
}
