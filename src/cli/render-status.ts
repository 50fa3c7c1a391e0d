import { basename } from 'node:path';

import type { ServiceStatus, Status } from '../contract/control.ts';
import { formatBytes, formatDuration } from './format.ts';
import { renderDown } from './render-deliveries.ts';
import { printable, renderTable, type Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

/** A status for people. */
export function renderStatus(status: Status, terminal: Pick<Terminal, 'style'>): string {
  const parts = [renderHead(status), renderServices(status, terminal), renderWorkers(status, terminal)];
  if (status.deliveries.length > 0) parts.push(renderDeliveries(status, terminal));
  return parts.join('\n');
}

function renderHead(status: Status): string {
  const age = formatDuration(Date.now() - Date.parse(status.started));
  const admin = status.admin === null ? '' : `admin          ${status.admin}\n`;
  return (
    `${printable(status.name)} ${status.version}  ${status.state}, pid ${status.pid}, up ${age}\n` +
    `configuration  ${printable(status.config)} (generation ${status.generation})\n${admin}`
  );
}

const stateStyles: Readonly<Record<ServiceStatus['state'], Style>> = {
  up: 'green',
  starting: 'yellow',
  stopping: 'yellow',
  failed: ['red', 'bold'],
  disabled: 'dim',
};

function renderServices({ services }: Status, terminal: Pick<Terminal, 'style'>): string {
  const rows = services.flatMap((service): Cell[][] => {
    const addresses = service.listeners.map((listener) => listener.address);
    const { active, total, refused } = service.sessions;
    const first: Cell[] = [
      service.name,
      shownType(service.type),
      { text: service.state, style: stateStyles[service.state] ?? 'reset' },
      String(active),
      String(total),
      String(refused),
      formatBytes(service.bytes.in),
      formatBytes(service.bytes.out),
      addresses[0] ?? '-',
    ];
    return [first, ...addresses.slice(1).map((address) => ['', '', '', '', '', '', '', '', address])];
  });
  const titles = ['SERVICE', 'TYPE', 'STATE', '>ACTIVE', '>TOTAL', '>REFUSED', '>IN', '>OUT', 'ADDRESS'];
  return renderTable({ titles, rows }, terminal) + renderFailures(services);
}

/** Why services have failed: a sentence, which has no place in a column. */
function renderFailures(services: readonly ServiceStatus[]): string {
  return services
    .filter(({ error }) => error !== null)
    .map(({ name, error }) => `${printable(`${name}: ${error}`)}\n`)
    .join('');
}

/** Of a module of somebody's own the name of its file: the whole path would push everything else off the screen. */
function shownType(type: string): string {
  return type.startsWith('/') ? basename(type) : type;
}

function renderWorkers({ workers }: Status, terminal: Pick<Terminal, 'style'>): string {
  const rows = workers.map((worker) => [
    worker.pool,
    String(worker.pid),
    String(worker.generation),
    String(worker.sessions),
    formatBytes(worker.rss),
    String(worker.restarts),
  ]);
  return renderTable(
    { titles: ['WORKER', '>PID', '>GENERATION', '>SESSIONS', '>MEMORY', '>RESTARTS'], rows },
    terminal,
  );
}

function renderDeliveries({ deliveries }: Status, terminal: Pick<Terminal, 'style'>): string {
  const rows = deliveries.map(({ name, type, queued, delivered, failed }) => [
    name,
    type,
    String(queued),
    String(delivered),
    String(failed),
  ]);
  const titles = ['DELIVERY', 'TYPE', '>QUEUED', '>DELIVERED', '>FAILED'];
  return renderTable({ titles, rows }, terminal) + renderDown(deliveries);
}
