import { dirname } from 'node:path';

import { reasonOf } from '../../../contract/errors.ts';
import type { Child, Command } from '../../../contract/program.ts';
import type { ServiceContext } from '../../../contract/service.ts';
import { createErrorLog, type ErrorLog } from '../../../wire/error-log.ts';
import type { RequestBody } from '../gateway/request-body.ts';
import { HttpError, type Exchange } from '../route.ts';
import { wasEnded } from './end-program.ts';
import type { Script } from './find-script.ts';

export interface ScriptStart {
  readonly exchange: Exchange;
  readonly script: Script;
  /** Arguments after those of `script.command`. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly body: RequestBody;
  readonly context: Pick<ServiceContext, 'spawn'>;
}

/** Starts the program, with its complaints in the log. Throws an HttpError when it cannot be started. */
export function startScript({ exchange, script, words, env, body, context }: ScriptStart): Child {
  const { log } = exchange.session;
  const startedAt = performance.now();
  // Most programs write nothing there.
  let errorLog: ErrorLog | null = null;
  const [path, ...args] = script.command;
  const input: Command['stdio'][0] = body.stream === null ? (body.file?.fd ?? null) : 'pipe';
  let child: Child;
  try {
    child = context.spawn({
      path,
      argv: [path, ...args, ...words],
      env,
      // RFC 3875 7.2: the folder of the program.
      directory: dirname(script.file),
      stdio: [input, 'pipe', 'pipe'],
      isBrief: true,
      onStderr: (chunk) => (errorLog ??= createErrorLog(log)).write(chunk),
    });
  } catch (error) {
    const reason = `the program cannot be started: ${reasonOf(error)}`;
    throw isShortage(error)
      ? new HttpError(503, 'The program cannot be started now.', { 'retry-after': '5' }, reason)
      : new HttpError(502, 'The program cannot be started.', {}, reason);
  }
  void child.exited.then((exit) => {
    errorLog?.end();
    if (exit.status === 0) return;
    const duration = Math.round(performance.now() - startedAt) / 1000;
    // Its own end is news, also where it came just before ours.
    const severity = exit.signal !== null && wasEnded(child) ? 'info' : 'notice';
    log[severity]('program ended', { event: 'program.exit', script: script.file, ...exit, duration });
  });
  return child;
}

/** Of processes, memory or descriptors: it may pass. */
function isShortage(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE';
}
