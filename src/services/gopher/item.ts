import { printable } from '../../wire/printable.ts';

/** A line of a menu (RFC 1436 3.8). */
export interface GopherItem {
  /** One character. */
  readonly type: string;
  readonly name: string;
  readonly selector: string;
  /** Default: this server. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** Where a peer finds this server. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Nothing in an item can end its line or its part of it. */
export function formatItem(item: GopherItem, place: Place): string {
  const { type, name, selector, host = place.host, port = place.port } = item;
  return `${type}${printable(name)}\t${printable(selector)}\t${printable(host)}\t${port}\r\n`;
}

/** A menu, with its end. */
export function formatMenu(items: Iterable<GopherItem>, place: Place): string {
  return `${[...items].map((item) => formatItem(item, place)).join('')}.\r\n`;
}

/** Text that can only be read. */
export function infoItem(name: string): GopherItem {
  return { type: 'i', name, selector: '', host: 'error.host', port: 1 };
}

export function errorItem(name: string): GopherItem {
  return { type: '3', name, selector: '', host: 'error.host', port: 1 };
}
