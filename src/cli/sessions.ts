import type { SessionEvent, SessionReport } from '../contract/channel.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import type { JournalEntry } from '../contract/journal.ts';
import type { JournalReply } from '../contract/registry.ts';
import type { Call, Command } from './commands.ts';
import { findDaemon, type Daemon } from './daemon.ts';
import { parseDurationOption } from './duration.ts';
import { formatBytes, formatDuration, formatJson } from './format.ts';
import { UsageError } from './parse-arguments.ts';
import { printable, renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const sessions: Command = async (call) => {
  const { options, terminal } = call;
  if (options.follow === true && options.since !== undefined)
    throw new UsageError('sessions', '--follow tells what happens from now on: leave out --since');
  if (options.limit !== undefined && options.since === undefined)
    throw new UsageError('sessions', '--limit goes with --since: sessions that go on are all shown');
  const daemon = await findDaemon(call);
  if (options.follow === true) {
    const format = options.json === true ? (event: SessionEvent) => formatJson(event) : formatEvent;
    await daemon.follow((event) => terminal.out(format(event)), terminal.closed);
    if (terminal.closed.aborted) return exitCodes.ok;
    throw new ExitError(exitCodes.notRunning, 'the daemon hung up: it has ended, or was upgraded');
  }
  if (options.since !== undefined) return await showEnded(call, daemon, options.since);
  const list = await daemon.sessions();
  terminal.out(options.json === true ? formatJson(list, 2) : renderSessions(list, terminal));
  return exitCodes.ok;
};

export default sessions;

const defaultLimit = 1_000;
const maxLimit = 100_000;

async function showEnded({ options, terminal }: Call, daemon: Daemon, since: string): Promise<number> {
  const limit = options.limit === undefined ? defaultLimit : Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new UsageError(
      'sessions',
      `--limit: expected a number from 1 to ${maxLimit}, got ${JSON.stringify(options.limit)}`,
    );
  const from = Date.now() - parseDurationOption(since, 'sessions', 'since');
  const { entries, isCut } = await daemon.ask<JournalReply>({ command: 'journal', since: from, limit });
  if (options.json === true) terminal.out(formatJson(entries.map(toJson), 2));
  else terminal.out(renderEnded(entries, terminal));
  if (isCut) terminal.err(`portico: only the newest ${limit} are shown; --limit N shows more\n`);
  return exitCodes.ok;
}

function toJson({ started, ...entry }: JournalEntry): Record<string, unknown> {
  return { ...entry, started: new Date(started).toISOString() };
}

function renderEnded(entries: readonly JournalEntry[], terminal: Terminal): string {
  if (entries.length === 0) return 'no sessions\n';
  const rows = entries.map((entry) => [
    new Date(entry.started).toISOString(),
    entry.id,
    entry.service,
    entry.peer,
    entry.account ?? '-',
    entry.tls ?? '-',
    `${entry.duration.toFixed(1)}s`,
    formatBytes(entry.bytes.in),
    formatBytes(entry.bytes.out),
    entry.reason,
  ]);
  return renderTable(
    { titles: ['STARTED', 'ID', 'SERVICE', 'PEER', 'ACCOUNT', 'TLS', '>LASTED', '>IN', '>OUT', 'END'], rows },
    terminal,
  );
}

function renderSessions(list: readonly SessionReport[], terminal: Terminal): string {
  if (list.length === 0) return 'no sessions\n';
  const rows = list.map((session) => [
    session.id,
    session.service,
    session.peer,
    session.account ?? '-',
    session.tls ?? '-',
    formatDuration(Date.now() - Date.parse(session.started)),
    formatBytes(session.bytes.in),
    formatBytes(session.bytes.out),
    session.state,
  ]);
  return renderTable(
    { titles: ['ID', 'SERVICE', 'PEER', 'ACCOUNT', 'TLS', '>AGE', '>IN', '>OUT', 'STATE'], rows },
    terminal,
  );
}

/** "start hx5… echo 127.0.0.1:50000", "end … 4.0s, in 5 B, out 5 B (idle)" */
function formatEvent({ event, session, reason, duration }: SessionEvent): string {
  const head = `${event.padEnd(5)} ${session.id}  ${session.service}  ${session.peer}`;
  if (event === 'start') return `${printable(head)}\n`;
  const account = session.account === null ? '' : `  ${session.account}`;
  const took = duration === undefined ? '' : `  ${duration.toFixed(1)}s`;
  const bytes = `in ${formatBytes(session.bytes.in)}, out ${formatBytes(session.bytes.out)}`;
  return `${printable(`${head}${account}${took}  ${bytes}${reason === undefined ? '' : `  (${reason})`}`)}\n`;
}
