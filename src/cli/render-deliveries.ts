import type { DeliveryStatus } from '../contract/control.ts';
import type { ItemReport, TaskReport } from '../contract/queue.ts';
import { formatBytes, formatDuration } from './format.ts';
import { printable, renderTable, type Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

/** The queue for people: a line for each thing and each place it goes to. */
export function renderTasks(tasks: readonly TaskReport[], terminal: Pick<Terminal, 'style'>): string {
  if (tasks.length === 0) return 'nothing in the queue\n';
  const rows = tasks.map((task): Cell[] => [
    task.id,
    placeOf(task),
    { text: task.state, style: stateStyles[task.state] ?? 'reset' },
    String(task.attempts),
    waitOf(task),
    formatDuration(Date.now() - Date.parse(task.received)),
    formatBytes(task.size),
    task.service,
    task.name,
    task.reason ?? '',
  ]);
  const titles = ['ID', 'DELIVERY', 'STATE', '>ATTEMPTS', '>NEXT', '>AGE', '>SIZE', 'SERVICE', 'NAME', 'REASON'];
  return renderTable({ titles, rows }, terminal);
}

/** A line for each delivery whose target is taken to be down. */
export function renderDown(deliveries: readonly DeliveryStatus[]): string {
  return deliveries
    .filter(({ down }) => down === true)
    .map(
      ({ name }) =>
        `${name} is down: one thing at a time is tried, with pauses of up to a minute; portico deliveries retry --all --delivery ${name} tries at once\n`,
    )
    .join('');
}

/** One thing, and what has become of it where it goes to. */
export function renderItem({ item, tasks }: ItemReport): string {
  const { mail } = item;
  const facts = [
    ['name', item.name],
    ['type', item.mediaType ?? '-'],
    ['size', `${formatBytes(item.size)} (${item.size})`],
    ['SHA-256', item.sha256],
    ['received', new Date(item.received).toISOString()],
    ['service', item.service],
    ['session', item.session],
    ['account', item.account ?? '-'],
    ...(mail === null
      ? []
      : [
          ['from', mail.from === '' ? '<>' : mail.from],
          ['to', mail.to.join(' ')],
          ['subject', mail.subject ?? '-'],
        ]),
    ['file', `spool/${item.folder}/new/${item.id}`],
  ];
  const width = Math.max(8, ...tasks.map((task) => placeOf(task).length));
  const rows = [...facts, ...tasks.map((task) => [placeOf(task), fateOf(task)])].map(
    ([label = '', value = '']) => `  ${label.padEnd(width)}  ${value}`,
  );
  // Names and subjects are peers'.
  return `${[item.id, ...rows].map(printable).join('\n')}\n`;
}

/** With a time that people can read. */
export function itemToJson({ item, tasks }: ItemReport): Record<string, unknown> {
  return { ...item, received: new Date(item.received).toISOString(), tasks };
}

const stateStyles: Readonly<Record<TaskReport['state'], Style>> = {
  queued: 'yellow',
  delivering: 'green',
  failed: ['red', 'bold'],
  done: 'dim',
};

function placeOf({ delivery, mailbox }: TaskReport): string {
  return mailbox === null ? delivery : `${delivery} ${mailbox}`;
}

function waitOf({ state, next }: TaskReport): string {
  if (state !== 'queued') return '-';
  return next === null ? 'now' : formatDuration(Date.parse(next) - Date.now());
}

/** "queued after 3 attempts, next in 2m 5s: connection refused" */
function fateOf(task: TaskReport): string {
  const { state, attempts, next, reason } = task;
  const after = attempts === 0 ? '' : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const wait = state === 'queued' && next !== null ? `, next in ${waitOf(task)}` : '';
  return `${state}${after}${wait}${reason === null ? '' : `: ${reason}`}`;
}
