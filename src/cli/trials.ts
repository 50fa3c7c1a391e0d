import type { ServiceStatus, Status } from '../contract/control.ts';
import type { ServiceModule, TrialAddress } from '../contract/service.ts';
import { renderTable, type Cell } from './table.ts';
import type { Terminal } from './terminal.ts';

/** The table that `run` prints once: what is served where, and a command to try for each address. */
export function renderTrials(
  status: Status,
  types: ReadonlyMap<string, ServiceModule>,
  terminal: Pick<Terminal, 'style'>,
): string {
  const services = status.services.filter(({ state }) => state !== 'disabled');
  const rows = services.flatMap((service) => rowsOf(service, types.get(service.type)));
  if (status.admin !== null) rows.push(['admin', status.admin, adminTrial(status.admin)]);
  return `${renderTable({ titles: ['SERVICE', 'ADDRESS', 'TRY'], rows }, terminal)}\n`;
}

function rowsOf(service: ServiceStatus, module: ServiceModule | undefined): Cell[][] {
  if (service.error !== null) return [[service.name, '-', { text: service.error, style: 'red' }]];
  // Whoever tries it is banned.
  const trial = (address: string): string =>
    service.sensor === true ? 'a trap: do not try' : trialOf(address, module);
  return service.listeners.map(({ address }) => [service.name, address, trial(address)]);
}

function trialOf(address: string, module: ServiceModule | undefined): string {
  const parsed = parseAddress(address);
  return parsed === null ? '' : (module?.trial?.(parsed) ?? '');
}

function adminTrial(address: string): string {
  const parsed = parseAddress(address);
  if (parsed?.kind !== 'tcp') return '';
  const host = ['*', '0.0.0.0', '::'].includes(parsed.host) ? 'localhost' : parsed.host;
  return `curl http://${host.includes(':') ? `[${host}]` : host}:${parsed.port}/api/status`;
}

/** An address as `status` shows it; null for what nobody could call. */
export function parseAddress(text: string): TrialAddress | null {
  if (text.startsWith('unix:')) return { kind: 'unix', host: '', port: 0, path: text.slice('unix:'.length) };
  const match = /^(tcp|tls|udp):\/\/(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  if (match === null) return null;
  const [, kind, inBrackets, plain, port] = match;
  return { kind: kind as 'tcp' | 'tls' | 'udp', host: inBrackets ?? plain ?? '', port: Number(port), path: '' };
}
