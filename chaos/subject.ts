import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { askDaemon } from '../src/cli/control-client.ts';
import type { ControlRequest, Status } from '../src/contract/control.ts';

/** The daemon that everything is done to. It runs from a copy of the program, which can be replaced by another version. */
export interface Subject {
  readonly folder: string;
  readonly pid: number;
  /** Lines of its log of these severities: err and worse. */
  readonly complaints: readonly string[];
  start(options?: StartOptions): Promise<void>;
  /** TERM, and what it ends with. */
  stop(): Promise<number | null>;
  /** Without waiting for sessions. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  ask(request: ControlRequest): Promise<unknown>;
  status(): Promise<Status>;
  /** Writes the configuration. */
  write(yaml: string): void;
  /** The next line of the log about an event. */
  next(event: string, matches?: (line: LogLine) => boolean): Promise<LogLine>;
  /** Processes of a pool that were started and did not end, those that were started last first. */
  workers(pool: string): readonly number[];
  pools(): readonly string[];
  /** Makes the program on disk call itself another version. */
  setVersion(version: string): void;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How many descriptors each of its processes may have. */
  readonly descriptors?: number;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

interface Waiter {
  readonly event: string;
  readonly matches: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const askMs = 60_000;
const waitMs = 90_000;

export function createSubject(folder: string): Subject {
  const program = join(folder, 'program');
  const file = join(folder, 'daemon.config.yaml');
  copyProgram(program);
  const waiting = new Set<Waiter>();
  const workers = new Map<number, string>();
  const complaints: string[] = [];
  let child: ChildProcess | null = null;

  const take = (line: LogLine): void => {
    const worker = line['worker'] as number;
    if (line.event === 'worker.start') workers.set(worker, String(line['pool']));
    if (line.event === 'worker.exit' || line.event === 'worker.retired') workers.delete(worker);
    if (line.event === 'worker.exit' && line['exit'] !== 'SIGKILL') complaints.push(JSON.stringify(line));
    if (['err', 'crit', 'alert', 'emerg'].includes(String(line['severity']))) complaints.push(JSON.stringify(line));
    for (const waiter of waiting) {
      if (waiter.event !== line.event || !waiter.matches(line)) continue;
      waiting.delete(waiter);
      waiter.resolve(line);
    }
  };
  const read = (text: string): void => {
    // There are two lines for each session: only what is of use here is looked at.
    if (!/"severity":"(?:info|debug)"|"event":"session\./.test(text) || /"event":"(?:worker|log)\./.test(text)) {
      const line = parse(text);
      if (line === null) complaints.push(text);
      else take(line);
    }
  };
  const current = (): ChildProcess => {
    if (child === null) throw new Error('the daemon is not running');
    return child;
  };
  const next: Subject['next'] = (event, matches = () => true) => {
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>();
    const waiter: Waiter = { event, matches, resolve };
    waiting.add(waiter);
    const timer = setTimeout(() => reject(new Error(`no ${event} for ${waitMs / 1000} s`)), waitMs);
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(waiter);
    });
  };
  const ask = (request: ControlRequest): Promise<unknown> =>
    askDaemon(join(folder, 'var/portico.sock'), request, { timeoutMs: askMs });

  return {
    folder,
    complaints,
    get pid() {
      return current().pid ?? -1;
    },
    async start({ env = {}, descriptors } = {}) {
      workers.clear();
      const limit = descriptors === undefined ? 'exec' : `ulimit -n ${descriptors} && exec`;
      const command = [process.execPath, join(program, 'bin/portico.js'), 'run', '-c', file];
      child = spawn('/bin/sh', ['-c', `${limit} "$@"`, 'sh', ...command], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...plainEnvironment(), ...env },
      });
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', read);
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`the daemon ended with ${code} before it had begun: ${complaints.at(-1)}`);
      });
      ended.catch(() => {});
      await Promise.race([next('config.loaded'), ended]);
    },
    async stop() {
      const stopping = current();
      const exited = once(stopping, 'exit');
      stopping.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      child = null;
      return code;
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    signal: (signal) => void current().kill(signal),
    ask,
    status: async () => (await ask({ command: 'status' })) as Status,
    write: (yaml) => fs.writeFileSync(file, yaml),
    next,
    workers: (pool) => [...workers].flatMap(([pid, name]) => (name === pool ? [pid] : [])).toReversed(),
    pools: () => [...new Set(workers.values())],
    setVersion(version) {
      const path = join(program, 'package.json');
      const manifest = JSON.parse(fs.readFileSync(path, 'utf8')) as object;
      fs.writeFileSync(path, JSON.stringify({ ...manifest, version }, null, 2));
    },
  };
}

export function versionOfCheckout(): string {
  return (JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

function copyProgram(folder: string): void {
  for (const name of ['bin', 'src', 'package.json'])
    fs.cpSync(join(root, name), join(folder, name), { recursive: true });
  fs.symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

/** What the service manager says to us is not meant for the daemon. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { JOURNAL_STREAM: _, NOTIFY_SOCKET: __, NODE_OPTIONS: ___, ...env } = process.env;
  return env;
}

function parse(text: string): LogLine | null {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return null;
  }
}
