import { isIP } from 'node:net';

import type { ListenDraft } from '../draft.ts';
import type { Unit } from './units.ts';

/** Where a socket unit listens; what it has beside streams and datagrams is remarked. */
export function listenOf(socket: Unit, remarks: string[]): readonly ListenDraft[] {
  const isOnlyIPv6 = socket.last('Socket', 'BindIPv6Only') === 'ipv6-only';
  const read = (key: string, scheme: 'tcp' | 'udp'): ListenDraft[] =>
    socket.all('Socket', key).flatMap(({ value }) => {
      const listen = addressOf(value, scheme, isOnlyIPv6);
      if (listen === null) remarks.push(`left out: ${key}=${value}`);
      return listen === null ? [] : [{ ...listen, ...modeOf(listen, socket), ...broadcastOf(scheme, socket) }];
    });
  return [...read('ListenStream', 'tcp'), ...read('ListenDatagram', 'udp')];
}

function addressOf(value: string, scheme: 'tcp' | 'udp', isOnlyIPv6: boolean): ListenDraft | null {
  if (value.startsWith('/')) return scheme === 'tcp' && !value.includes('%') ? { address: `unix:${value}` } : null;
  if (/^\d{1,5}$/.test(value)) return { address: `${scheme}://${isOnlyIPv6 ? '[::]' : '*'}:${value}` };
  const [, host = '', port = ''] = /^(\[[^\]]+\]|[^:[\]@]+):(\d{1,5})$/.exec(value) ?? [];
  const bare = host.replaceAll(/[[\]]/g, '');
  if (isIP(bare) === 0 || (isIP(bare) === 6) !== host.startsWith('[')) return null;
  // Not told otherwise, the kernel takes IPv4 on "[::]" too.
  return { address: `${scheme}://${bare === '::' && !isOnlyIPv6 ? '*' : host}:${port}` };
}

function modeOf({ address }: ListenDraft, socket: Unit): { mode?: string } {
  if (!address.startsWith('unix:')) return {};
  // systemd.socket(5): 0666, where nothing is said.
  const mode = socket.last('Socket', 'SocketMode') ?? '0666';
  return /^0?[0-7]{3}$/.test(mode) ? { mode: mode.padStart(4, '0') } : {};
}

function broadcastOf(scheme: 'tcp' | 'udp', socket: Unit): { broadcast?: boolean } {
  return scheme === 'udp' && socket.isYes('Socket', 'Broadcast') ? { broadcast: true } : {};
}
