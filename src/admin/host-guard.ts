import { isIP } from 'node:net';

/**
 * Whether a Host header names this daemon by an address, as localhost, or by one of `hosts`: not by a name that a
 * stranger's DNS could have made point here (DNS rebinding).
 */
export function isOwnHost(header: string, hosts: readonly string[]): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{0,5})?$/i.exec(header);
  if (match === null) return false;
  const [, address, name] = match;
  if (address !== undefined) return isIP(address) === 6;
  const host = (name ?? '').toLowerCase().replace(/\.$/, '');
  if (isIP(host) === 4 || host === 'localhost' || host.endsWith('.localhost')) return true;
  return hosts.some((own) => own.toLowerCase() === host);
}
