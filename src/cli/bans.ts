import { shownSource } from '../accounts/shown-source.ts';
import type { Ban } from '../contract/ban.ts';
import { exitCodes } from '../contract/errors.ts';
import type { Call, Command } from './commands.ts';
import { findDaemon } from './daemon.ts';
import { parseDurationOption } from './duration.ts';
import { formatDuration, formatJson } from './format.ts';
import { UsageError } from './parse-arguments.ts';
import { renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const bans: Command = async (call) => {
  const [action = 'list', source] = call.words;
  if (['list', 'add', 'remove'].includes(action)) checkOptions(call, action);
  switch (action) {
    case 'list':
      if (source !== undefined) throw new UsageError('bans', `bans list does not take "${source}"`);
      return await list(call);
    case 'add':
      return await add(call, needed(action, source));
    case 'remove':
      return await remove(call, needed(action, source));
    default:
      throw new UsageError('bans', `expected list, add or remove, got "${action}"`);
  }
};

export default bans;

const shortestMs = 1_000;
// Dates have an end.
const longestMs = 36_500 * 86_400_000;

function needed(action: string, source: string | undefined): string {
  if (source === undefined) throw new UsageError('bans', `bans ${action} needs ADDRESS`);
  return source;
}

function checkOptions({ options }: Call, action: string): void {
  const refuse = (option: string): never => {
    throw new UsageError('bans', `bans ${action} does not take --${option}`);
  };
  if (options.for !== undefined && action !== 'add') refuse('for');
  if (options.json === true && action !== 'list') refuse('json');
}

async function list(call: Call): Promise<number> {
  const daemon = await findDaemon(call);
  const found = await daemon.ask<readonly Ban[]>({ command: 'bans' });
  call.terminal.out(call.options.json === true ? formatJson(found.map(toJson), 2) : renderBans(found, call.terminal));
  return exitCodes.ok;
}

async function add(call: Call, source: string): Promise<number> {
  const { for: length } = call.options;
  const duration = length === undefined ? null : parseDurationOption(length, 'bans', 'for');
  if (duration !== null && !(duration >= shortestMs && duration <= longestMs))
    throw new UsageError('bans', `--for: expected a time from 1s to 36500d, got ${JSON.stringify(length)}`);
  const daemon = await findDaemon(call);
  await daemon.tell({ command: 'ban', source, duration });
  call.terminal.out(
    `${shownSource(source)} is banned ${duration === null ? 'until it is removed' : `for ${length}`}\n`,
  );
  return exitCodes.ok;
}

async function remove(call: Call, source: string): Promise<number> {
  const daemon = await findDaemon(call);
  // That it is not banned is the daemon's answer, with code 1.
  await daemon.tell({ command: 'unban', source });
  call.terminal.out(`${shownSource(source)} is no longer banned\n`);
  return exitCodes.ok;
}

function toJson({ source, until, reason, service, since }: Ban): Record<string, unknown> {
  const time = (at: number): string => new Date(at).toISOString();
  return { source, since: time(since), until: until === null ? null : time(until), reason, service };
}

function renderBans(list: readonly Ban[], terminal: Terminal): string {
  if (list.length === 0) return 'no bans\n';
  const rows = list.map(({ source, until, reason, service }) => [
    source,
    until === null ? 'for ever' : formatDuration(until - Date.now()),
    reason,
    service ?? '-',
  ]);
  return renderTable({ titles: ['SOURCE', '>LEFT', 'REASON', 'SERVICE'], rows }, terminal);
}
