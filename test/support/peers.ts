import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import type { Test } from 'tap';

import type { LogLine, TestDaemon } from './daemon.ts';

// Programs that others wrote, as the other side of a daemon under test.

/** The path of a program; null where it is not installed, which fails the test with CI=true and skips it elsewhere. */
export function needProgram(t: Test, name: string): string | null {
  return needPrograms(t, name)?.[name] ?? null;
}

/** Like `needProgram`, for several. */
export function needPrograms<const Name extends string>(t: Test, ...names: Name[]): Record<Name, string> | null {
  const found = names.map((name) => [name, findProgram(name)] as const);
  const absent = found.filter(([, path]) => path === null).map(([name]) => name);
  if (absent.length === 0) return Object.fromEntries(found) as Record<Name, string>;
  const reason = `not installed: ${absent.join(', ')}`;
  if (process.env['CI'] === 'true') t.fail(reason);
  else t.plan(0, reason);
  return null;
}

/** Like `needProgram`, for what nobody has to have. */
export function wantProgram(t: Test, name: string): string | null {
  const path = findProgram(name);
  if (path === null) t.plan(0, `not installed: ${name}`);
  return path;
}

/** Whether we are root; skips the test where we are not. */
export function needRoot(t: Test, what: string): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) t.plan(0, `${what} needs root`);
  return isRoot;
}

/** The system's own folders first: workers of another identity have to be able to start it. */
function findProgram(name: string): string | null {
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this one.
    }
  }
  return null;
}

export interface PeerOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface FinishedPeer {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function runPeer(
  t: Test,
  [path, ...args]: readonly [string, ...string[]],
  options: PeerOptions & { readonly input?: string | Buffer } = {},
): Promise<FinishedPeer> {
  const { child, ended } = launch(t, path, args, options);
  const parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout.on('data', (chunk: Buffer) => parts.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => parts.stderr.push(chunk));
  child.stdin.end(options.input ?? '');
  const code = await ended;
  const bytes = Buffer.concat(parts.stdout);
  return { code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(parts.stderr).toString() };
}

export interface RunningPeer {
  readonly pid: number;
  /** Everything it wrote so far, to stdout and stderr. */
  output(): string;
  /** Resolves when what it wrote, past or future, matches; rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string | Buffer): void;
  /** The end of its standard input. */
  end(): void;
  signal(signal: NodeJS.Signals): void;
  /** Its exit status. */
  readonly ended: Promise<number | null>;
}

/** Starts a program to talk with; it is ended with the test. */
export function startPeer(
  t: Test,
  [path, ...args]: readonly [string, ...string[]],
  options: PeerOptions = {},
): RunningPeer {
  const { child, ended } = launch(t, path, args, options);
  let output = '';
  let isEnded = false;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  const take = (text: string): void => {
    output += text;
    look();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  void ended.then(() => {
    isEnded = true;
    look();
  });
  return {
    pid: child.pid as number,
    output: () => output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = pattern.exec(output);
          if (match === null && !isEnded) return;
          waiting.delete(check);
          if (match !== null) resolve(match);
          else reject(new Error(`${path} ended without saying ${pattern}, but: ${output}`));
        };
        waiting.add(check);
        check();
      }),
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

function launch(t: Test, path: string, args: readonly string[], { cwd, env }: PeerOptions) {
  const child = spawn(path, args, {
    stdio: 'pipe',
    cwd: cwd ?? tmpdir(),
    // Answers in English, the same on every machine.
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]) => code as number | null);
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}

/** The first lines of an event, once there are so many: what a worker logs comes a moment after what its peers see. */
export async function linesOf(daemon: TestDaemon, event: string, count: number): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  await daemon.line((line) => line.event === event && lines.push(line) === count);
  return lines;
}

/** A folder that workers of any identity can enter, with files in it. */
export function makeFolder(t: Test, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-peer-'));
  chmodSync(folder, 0o755);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A port for a program that cannot be told to take any free one. */
export async function freePort(transport: 'tcp' | 'udp'): Promise<number> {
  if (transport === 'udp') {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    return port;
  }
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface TestCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** An authority that issued neither. */
  readonly otherCa: string;
}

/** An authority and a certificate of it for localhost and 127.0.0.1, made by openssl as an administrator would. */
export async function makeCertificates(t: Test, openssl: string, folder: string): Promise<TestCertificates> {
  const file = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const files = (name: string): string[] => ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
  const make = (name: string, ...args: string[]): Promise<FinishedPeer> =>
    runPeer(t, [openssl, 'req', '-x509', ...newKey, ...files(name), ...args]);
  const issuer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = [
    await make('ca', '-subj', '/CN=ca'),
    await make('other-ca', '-subj', '/CN=other-ca'),
    await make('server', ...issuer, ...names, '-addext', 'basicConstraints=critical,CA:FALSE'),
  ];
  const failed = made.find(({ code }) => code !== 0);
  if (failed !== undefined) throw new Error(`openssl made no certificate: ${failed.stderr}`);
  return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key'), otherCa: file('other-ca.pem') };
}
