import { join, relative } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { ServiceStatus, Status } from '../contract/control.ts';
import type { DaemonPlan, ListenPlan, Plan, ServicePlan } from '../contract/plan.ts';
import type { ServiceModule, TrialAddress } from '../contract/service.ts';
import { renderTable, type Cell } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface Tried {
  readonly types: ReadonlyMap<string, ServiceModule>;
  readonly plan: {
    readonly services: readonly TriedService[];
    readonly certificates: Readonly<Record<string, Pick<Plan['certificates'][string], 'kind'>>>;
    readonly daemon: Pick<DaemonPlan, 'state'>;
  };
}

interface TriedService extends Pick<ServicePlan, 'name' | 'options'> {
  readonly listen: readonly Pick<ListenPlan, 'kind' | 'port' | 'certificate'>[];
  readonly tls: Pick<ServicePlan['tls'], 'certificates'>;
}

/** The table that `run` prints once: what is served where, and a command to try for each address. */
export function renderTrials(
  status: Status,
  { types, plan }: Tried,
  terminal: Pick<Terminal, 'style' | 'directory'>,
): string {
  const services = status.services.filter(({ state }) => state !== 'disabled');
  const rows = services.flatMap((service) =>
    rowsOf(service, (address) => {
      const parsed = parseAddress(address);
      if (parsed === null) return '';
      const configured = plan.services.find(({ name }) => name === service.name);
      const isOurs = configured !== undefined && parsed.kind === 'tls' && isIssuedHere(configured, parsed, plan);
      const authority = isOurs ? { authority: authorityFile(plan.daemon.state, terminal.directory) } : {};
      return trialOf({ ...parsed, ...authority }, types.get(service.type), configured?.options ?? null);
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

/** Whether who does not say a name is shown a certificate of the local authority. */
function isIssuedHere({ listen, tls }: TriedService, { port }: TrialAddress, { certificates }: Tried['plan']): boolean {
  const own = listen.find((each) => each.kind === 'tls' && each.port === port)?.certificate;
  return certificates[own ?? tls.certificates[0] ?? 'default']?.kind === 'self_signed';
}

/** As short as it can be typed where the daemon was started. */
function authorityFile(state: string, directory: string): string {
  const file = join(state, 'ca', 'ca.pem');
  const short = relative(directory, file);
  return short.startsWith('..') ? file : short;
}

function trialOf(address: TrialAddress, module: ServiceModule | undefined, options: Json): string {
  // A module of somebody's own, which is not loaded here: what it speaks only its author knows.
  return module === undefined ? plainTrial(address) : (module.trial?.(address, options) ?? '');
}

function plainTrial({ kind, host, port, path, authority }: TrialAddress): string {
  const name = ['*', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  if (kind === 'unix') return `nc -U '${path.replaceAll("'", String.raw`'\''`)}'`;
  if (kind === 'tls') {
    const trust = authority === undefined ? '' : ` -CAfile '${authority.replaceAll("'", String.raw`'\''`)}'`;
    return `openssl s_client -quiet -connect ${name.includes(':') ? `[${name}]` : name}:${port}${trust}`;
  }
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
