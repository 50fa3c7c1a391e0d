import type { SessionEvent, SessionReport } from '../contract/channel.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findDaemon } from './daemon.ts';
import { formatBytes, formatDuration, formatJson } from './format.ts';
import { printable, renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const sessions: Command = async (call) => {
  const { options, terminal } = call;
  const daemon = await findDaemon(call);
  if (options.follow === true) {
    const format = options.json === true ? (event: SessionEvent) => formatJson(event) : formatEvent;
    await daemon.follow((event) => terminal.out(format(event)), terminal.closed);
    if (terminal.closed.aborted) return exitCodes.ok;
    throw new ExitError(exitCodes.notRunning, 'the daemon hung up: it has ended, or was upgraded');
  }
  const list = await daemon.sessions();
  terminal.out(options.json === true ? formatJson(list, 2) : renderSessions(list, terminal));
  return exitCodes.ok;
};

export default sessions;

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
