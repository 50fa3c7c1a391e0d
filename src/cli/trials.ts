import type { Json } from '../contract/bus.ts';
import type { ServiceStatus, Status } from '../contract/control.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { ServiceModule, TrialAddress } from '../contract/service.ts';
import { renderTable, type Cell } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface Tried {
  readonly types: ReadonlyMap<string, ServiceModule>;
  /** As configured. */
  readonly services: readonly Pick<ServicePlan, 'name' | 'options'>[];
}

/** The table that `run` prints once: what is served where, and a command to try for each address. */
export function renderTrials(
  status: Status,
  { types, services: configured }: Tried,
  terminal: Pick<Terminal, 'style'>,
): string {
  const services = status.services.filter(({ state }) => state !== 'disabled');
  const rows = services.flatMap((service) =>
    rowsOf(service, (address) => {
      const options = configured.find(({ name }) => name === service.name)?.options ?? null;
      return trialOf(address, types.get(service.type), options);
    }),
  );
  if (status.admin !== null) rows.push(['admin', status.admin, adminTrial(status.admin)]);
  return `${renderTable({ titles: ['SERVICE', 'ADDRESS', 'TRY'], rows }, terminal)}\n`;
}

function rowsOf(service: ServiceStatus, trialOf: (address: string) => string): Cell[][] {
  if (service.error !== null) return [[service.name, '-', { text: service.error, style: 'red' }]];
  // Whoever tries it is banned.
  const trial = (address: string): string => (service.sensor === true ? 'a trap: do not try' : trialOf(address));
  return service.listeners.map(({ address }) => [service.name, address, trial(address)]);
}

function trialOf(address: string, module: ServiceModule | undefined, options: Json): string {
  const parsed = parseAddress(address);
  if (parsed === null) return '';
  // A module of somebody's own, which is not loaded here: what it speaks only its author knows.
  return module === undefined ? plainTrial(parsed) : (module.trial?.(parsed, options) ?? '');
}

function plainTrial({ kind, host, port, path }: TrialAddress): string {
  const name = ['*', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  if (kind === 'unix') return `nc -U '${path.replaceAll("'", String.raw`'\''`)}'`;
  if (kind === 'tls') return `openssl s_client -quiet -connect ${name.includes(':') ? `[${name}]` : name}:${port}`;
  return `nc${kind === 'udp' ? ' -u' : ''} ${name} ${port}`;
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
