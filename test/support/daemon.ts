import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Test } from 'tap';

import { askDaemon } from '../../src/cli/control-client.ts';
import type { SessionReport } from '../../src/contract/channel.ts';
import type { ControlRequest, Status } from '../../src/contract/control.ts';

/** One JSON line of the daemon's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

const lastLinesMs = 5_000;

/** A real daemon in a process of its own, with its configuration in a temporary folder. */
export interface TestDaemon {
  readonly folder: string;
  readonly file: string;
  readonly process: ChildProcess;
  readonly pid: number;
  /** All log lines so far, of master and workers. */
  readonly lines: readonly LogLine[];
  /** Everything the daemon wrote to stdout. */
  stdout(): string;
  /** Resolves when stdout, past or future, matches. */
  says(pattern: RegExp): Promise<string>;
  /** Resolves with the first line, past or future, that matches. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Like `line`, but only lines from now on. */
  nextLine(matches: (line: LogLine) => boolean): Promise<LogLine>;
  ask(request: ControlRequest): Promise<unknown>;
  status(): Promise<Status>;
  sessions(): Promise<readonly SessionReport[]>;
  /** The port of a service's listener. */
  port(service: string, listener?: number): Promise<number>;
  /** The process of a pool with one worker, of the generation in force. */
  workerPid(pool?: string): Promise<number>;
  write(yaml: string): void;
  /** Writes a file beside the configuration and returns its path. */
  put(name: string, text: string): string;
  /** Rejects as the command would end: ConfigError, or ExitError with its code. */
  reload(): Promise<void>;
  /** Writes the configuration and reloads. */
  change(yaml: string): Promise<void>;
  /** Runs a command of the command line on this daemon. */
  command(...args: readonly string[]): Promise<Outcome>;
  signal(signal: NodeJS.Signals): void;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

export interface TestDaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
  readonly args?: readonly string[];
  /** Files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** The executable to start, in place of the checkout's. */
  readonly program?: string;
  /** A command that becomes the one that is appended to it. */
  readonly launcher?: readonly [string, ...string[]];
  /** Descriptors that the daemon inherits, from 3 on. */
  readonly inherit?: readonly number[];
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
export const portico = join(root, 'bin/portico.js');

/** Starts a daemon and waits until it is ready; it is ended with the test. */
export async function startDaemon(t: Test, yaml: string, options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const daemon = launchDaemon(t, yaml, options);
  const ready = daemon.line((line) => line.event === 'config.loaded');
  await Promise.race([
    ready,
    daemon.exited.then((exit) =>
      Promise.reject(new Error(`the daemon ended: ${JSON.stringify(exit)} ${said(daemon)}`)),
    ),
  ]);
  return daemon;
}

/** Starts a daemon without waiting for anything. */
export function launchDaemon(t: Test, yaml: string, options: TestDaemonOptions = {}): TestDaemon {
  const folder = makeFolder(t);
  const file = join(folder, 'daemon.config.yaml');
  fs.writeFileSync(file, yaml);
  const put = (name: string, text: string): string => {
    fs.writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  for (const [name, text] of Object.entries(options.files ?? {})) put(name, text);
  const env = { ...plainEnvironment(), ...options.env };
  const [program, ...args] = [
    ...plainly,
    ...(options.launcher ?? []),
    process.execPath,
    ...(options.nodeFlags ?? []),
    options.program ?? portico,
    'run',
    '-c',
    file,
    ...(options.args ?? []),
  ] as [string, ...string[]];
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(options.inherit ?? [])];
  const child = spawn(program, args, { stdio, cwd: folder, env });
  // The workers write to the same pipe: once it is closed, every line is here. One that hangs is not waited for.
  const closed = once(child, 'close');
  const exited = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.race([closed, delay(lastLinesMs, undefined, { ref: false })]);
    return { code: code as number | null, signal: signal as string | null };
  });
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const log = collect(child);
  const output = child.stdout as NodeJS.ReadableStream;
  let stdout = '';
  output.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ask = (request: ControlRequest): Promise<unknown> =>
    askDaemon(join(folder, 'var/portico.sock'), request, { timeoutMs: 30_000 });
  const status = async (): Promise<Status> => (await ask({ command: 'status' })) as Status;
  const write = (text: string): void => fs.writeFileSync(file, text);
  const reload = async (): Promise<void> => void (await ask({ command: 'reload' }));
  return {
    folder,
    file,
    process: child,
    pid: child.pid as number,
    lines: log.lines,
    stdout: () => stdout,
    async says(pattern) {
      while (!pattern.test(stdout)) await once(output, 'data');
      return stdout;
    },
    line: (matches) => log.find(matches, 0),
    nextLine: (matches) => log.find(matches, log.lines.length),
    ask,
    status,
    sessions: async () => (await ask({ command: 'sessions' })) as readonly SessionReport[],
    async port(service, listener = 0) {
      const found = (await status()).services.find((candidate) => candidate.name === service);
      const address = found?.listeners[listener]?.address ?? '';
      return Number(address.slice(address.lastIndexOf(':') + 1));
    },
    async workerPid(pool = 'main') {
      const { workers, generation } = await status();
      const pids = workers.filter((worker) => worker.pool === pool).sort((a, b) => b.generation - a.generation);
      if (pids[0] === undefined) throw new Error(`pool ${pool} has no worker in generation ${generation}`);
      return pids[0].pid;
    },
    write,
    put,
    reload,
    async change(text) {
      write(text);
      await reload();
    },
    command: (...args) => runPortico([...args, '-c', file], { cwd: folder }),
    signal: (signal) => void child.kill(signal),
    exited,
  };
}

/**
 * Stands before a command that starts Node.js: what the test runner puts into the environment of every process would load
 * the runner's own code there, which may not write where it wants to once the identity has changed.
 */
export const plainly = ['env', '-u', 'NODE_OPTIONS'] as const;

/** Neither what the service manager says to us is meant for a daemon under test. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { JOURNAL_STREAM: _, NOTIFY_SOCKET: __, ...env } = process.env;
  return env;
}

/** A folder that workers of any identity can enter. */
function makeFolder(t: Test): string {
  const name = t.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 30);
  const folder = fs.mkdtempSync(join(tmpdir(), `portico-${name}-`));
  fs.chmodSync(folder, 0o755);
  return folder;
}

interface LogCollector {
  readonly lines: LogLine[];
  find(matches: (line: LogLine) => boolean, from: number): Promise<LogLine>;
}

// Only so that a test that waits in vain says what the daemon did instead.
const patienceMs = 60_000;

interface Waiter {
  readonly matches: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
  readonly reject: (error: Error) => void;
}

function collect(child: ChildProcess): LogCollector {
  const lines: LogLine[] = [];
  const waiting = new Set<Waiter>();
  const text = (): string => lines.map((line) => JSON.stringify(line)).join('\n');
  const giveUp = (waiter: Waiter, why: string): void => {
    waiting.delete(waiter);
    waiter.reject(new Error(`${why} without the line that ${String(waiter.matches)} waits for:\n${text()}`));
  };
  createInterface({ input: child.stderr as NodeJS.ReadableStream })
    .on('line', (written) => {
      const line = parse(written);
      lines.push(line);
      for (const waiter of waiting) {
        if (!waiter.matches(line)) continue;
        waiting.delete(waiter);
        waiter.resolve(line);
      }
    })
    .on('close', () => waiting.forEach((waiter) => giveUp(waiter, 'the daemon ended')));
  return {
    lines,
    find(matches, from) {
      const known = lines.slice(from).find(matches);
      if (known !== undefined) return Promise.resolve(known);
      const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
      const waiter: Waiter = { matches, resolve, reject };
      const timer = setTimeout(() => giveUp(waiter, `${patienceMs / 1000} s went by`), patienceMs);
      waiting.add(waiter);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { text };
  }
}

function said(daemon: TestDaemon): string {
  return daemon.lines.map((line) => JSON.stringify(line)).join('\n');
}

/** Runs a command of the command line and waits for its end. */
export async function runPortico(
  args: readonly string[],
  options: { cwd?: string; input?: string; env?: Readonly<Record<string, string>>; uid?: number; gid?: number } = {},
): Promise<Outcome> {
  const [program, ...words] = [...plainly, process.execPath, portico, ...args];
  const child = spawn(program, words, {
    stdio: 'pipe',
    cwd: options.cwd ?? root,
    env: { ...plainEnvironment(), ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
