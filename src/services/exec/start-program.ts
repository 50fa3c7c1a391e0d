import type { Logger } from '../../contract/logger.ts';
import type { Child, Command, Exit } from '../../contract/program.ts';
import type { ServiceContext } from '../../contract/service.ts';
import { createErrorLog, type ErrorLog } from '../../wire/error-log.ts';
import type { ExecOptions } from './options.ts';

export interface ProgramRequest {
  readonly options: ExecOptions;
  readonly context: Pick<ServiceContext, 'spawn'>;
  /** What the program gets beside `options.env`. */
  readonly env: Readonly<Record<string, string>>;
  /** A socket that becomes standard input and output, or 'pipe' for both to be relayed. */
  readonly socket: number | 'pipe';
  readonly log: Logger;
  /** Its abort ends the program. */
  readonly signal: AbortSignal;
}

export interface Program {
  readonly child: Child;
  /** Resolves after the program's end has been logged. */
  readonly ended: Promise<Exit>;
}

// How long a program may take to end after SIGTERM.
const graceMs = 5_000;

/** Starts the program that the options name; throws when it cannot be started. */
export function startProgram({ options, context, env, socket, log, signal }: ProgramRequest): Program {
  const startedAt = performance.now();
  // Most programs write nothing there.
  let errorLog: ErrorLog | null = null;
  const onStderr = (chunk: Buffer): void => (errorLog ??= createErrorLog(log)).write(chunk);
  const [path, ...args] = options.command;
  const stderr: Record<ExecOptions['stderr'], Command['stdio'][2]> = { log: 'pipe', socket, discard: null };
  const child = context.spawn({
    path,
    argv: [options.argv0 ?? path, ...args],
    env: { ...env, ...passedVariables(options.pass_env), ...options.env },
    directory: options.directory,
    stdio: [socket, socket, stderr[options.stderr]],
    blocking: true,
    umask: options.umask,
    nice: options.nice,
    limits: options.rlimits,
    onStderr: options.stderr === 'log' ? onStderr : undefined,
  });
  const endWatch = terminateOnAbort(child, signal);
  const ended = child.exited.then((exit) => {
    endWatch();
    errorLog?.end();
    const duration = Math.round(performance.now() - startedAt) / 1000;
    const isExpected = exit.status === 0 || signal.aborted;
    log[isExpected ? 'info' : 'notice']('program ended', { event: 'program.exit', ...exit, duration });
    return exit;
  });
  return { child, ended };
}

/** Those of the names that are set. */
function passedVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** SIGTERM at the abort, SIGKILL if that was not enough. Returns the function that ends the watch. */
function terminateOnAbort(child: Child, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  if (signal.aborted) terminate();
  else signal.addEventListener('abort', terminate, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', terminate);
  };
}
