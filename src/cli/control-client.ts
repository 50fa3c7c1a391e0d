import { connect, type Socket } from 'node:net';

import type { SessionEvent } from '../contract/channel.ts';
import type { ControlReply, ControlRequest } from '../contract/control.ts';
import { ConfigError, exitCodes, ExitError } from '../contract/errors.ts';

export type ControlValue = Extract<ControlReply, { ok: true }>['value'];

export interface ControlOptions {
  /** null waits for as long as it takes. */
  readonly timeoutMs: number | null;
}

const maxReplyBytes = 256 * 1024 ** 2;

/** The daemon hung up without an answer. */
export class NoReply extends ExitError {
  constructor() {
    super(exitCodes.internal, 'the daemon closed the connection without an answer');
  }
}

/** Sends one request to the control socket at `path`. Throws ExitError with the exit code that fits, or ConfigError. */
export async function askDaemon(path: string, request: ControlRequest, options: ControlOptions): Promise<ControlValue> {
  const late = options.timeoutMs === null ? null : AbortSignal.timeout(options.timeoutMs);
  for await (const line of talk(path, request, late)) {
    const reply = parseReply(line);
    if ('ok' in reply) return valueOf(reply);
  }
  throw new NoReply();
}

/** Calls back for each event until the daemon hangs up or the signal aborts. */
export async function followDaemon(
  path: string,
  listener: (event: SessionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const line of talk(path, { command: 'follow' }, signal)) {
      const reply = parseReply(line);
      if ('event' in reply) listener(reply);
      else valueOf(reply);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The lines of an answer. Our side stays open meanwhile: the daemon takes its end for a goodbye. */
async function* talk(path: string, request: ControlRequest, signal: AbortSignal | null): AsyncGenerator<string> {
  const socket = connect({ path });
  const abort = (): void => void socket.destroy(new ExitError(exitCodes.internal, 'the daemon does not answer'));
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    yield* linesOf(socket);
  } catch (error) {
    throw explain(error, path);
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    parts.push(chunk);
    length += chunk.length;
    if (length > maxReplyBytes) throw new ExitError(exitCodes.internal, 'the answer of the daemon is too long');
    if (!chunk.includes(0x0a)) continue;
    rest = Buffer.concat(parts);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
    parts = [rest];
    length = rest.length;
  }
}

function parseReply(line: string): ControlReply {
  try {
    const reply: unknown = JSON.parse(line);
    if (typeof reply === 'object' && reply !== null) return reply as ControlReply;
  } catch {
    // Said below, as for JSON that is something else.
  }
  throw new ExitError(exitCodes.internal, 'what answers on the control socket is not Portico');
}

function valueOf(reply: Exclude<ControlReply, SessionEvent>): ControlValue {
  if (reply.ok) return reply.value;
  if (reply.mistakes !== undefined && reply.mistakes.length > 0) throw new ConfigError(reply.mistakes);
  throw new ExitError(reply.code, reply.message);
}

function explain(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return new ExitError(exitCodes.notRunning, `the daemon is not running (nothing listens on ${path})`);
    case 'EACCES':
    case 'EPERM':
      return new ExitError(exitCodes.permission, `permission denied: ${path} belongs to another user`);
    case 'ECONNRESET':
    case 'EPIPE':
      return new NoReply();
    default:
      return error instanceof ExitError ? error : new ExitError(exitCodes.internal, `${path}: ${String(error)}`);
  }
}
