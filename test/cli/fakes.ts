import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Test } from 'tap';

import { runCommandLine } from '../../src/cli/command-line.ts';
import type { House } from '../../src/cli/house.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { ControlReply, ControlRequest, ServiceStatus, Status } from '../../src/contract/control.ts';

/** A folder of the test's own, with a path short enough for a unix socket. */
export function folderOf(t: Test, files: Readonly<Record<string, string>> = {}): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(join(folder, name, '..'), { recursive: true });
    fs.writeFileSync(join(folder, name), text);
  }
  return folder;
}

export interface FakeTerminal extends Terminal {
  readonly written: { out: string; err: string };
  /** The reader of stdout goes. */
  hangUp(): void;
}

export function createFakeTerminal(
  given: Partial<Pick<Terminal, 'env' | 'directory' | 'style' | 'input'>> = {},
): FakeTerminal {
  const written = { out: '', err: '' };
  const closing = new AbortController();
  return {
    written,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    style: (_format, text) => text,
    closed: closing.signal,
    env: {},
    directory: '/',
    input: Readable.from([]),
    ...given,
    hangUp: () => closing.abort(),
  };
}

/** Every part that a test does not give is one that must not be needed. */
export function createFakeHouse(parts: Partial<House> = {}): House {
  const unexpected = (name: string) => (): never => {
    throw new Error(`${name} was loaded`);
  };
  return {
    version: () => Promise.resolve('0.1.0'),
    services: unexpected('services'),
    loadConfig: unexpected('loadConfig'),
    renderMistakes: (mistakes) => Promise.resolve(mistakes.map(({ message }) => `rendered: ${message}\n`).join('')),
    configSchema: unexpected('configSchema'),
    describeOptions: unexpected('describeOptions'),
    runDaemon: unexpected('runDaemon'),
    ...parts,
  };
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function portico(
  args: readonly string[],
  terminal = createFakeTerminal(),
  house = createFakeHouse(),
): Promise<Outcome> {
  const code = await runCommandLine(args, house, terminal);
  return { code, ...terminal.written };
}

export type Answer = (
  request: ControlRequest,
  socket: Socket,
) => ControlReply | readonly ControlReply[] | string | null;

export interface FakeDaemon {
  readonly folder: string;
  readonly file: string;
  readonly requests: ControlRequest[];
  /** Stops listening, as a daemon that has ended. */
  close(): Promise<void>;
}

/**
 * A daemon as far as the control socket goes, with its configuration. `answer` gives the lines to send before the connection
 * is closed; null sends nothing and keeps it open.
 */
export async function startFakeDaemon(t: Test, answer: Answer): Promise<FakeDaemon> {
  const folder = folderOf(t, { 'daemon.config.yaml': 'daemon: { state: . }\nservices: { broken: ' });
  const requests: ControlRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end < 0) return;
      const request = JSON.parse(text.slice(0, end)) as ControlRequest;
      text = '';
      requests.push(request);
      const replies = answer(request, socket);
      if (replies === null) return;
      const lines = typeof replies === 'string' ? [replies] : [replies].flat().map((reply) => JSON.stringify(reply));
      socket.end(lines.map((line) => `${line}\n`).join(''));
    });
  });
  server.listen(join(folder, 'portico.sock'));
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  t.teardown(close);
  return { folder, file: join(folder, 'daemon.config.yaml'), requests, close };
}

export const echo: ServiceStatus = {
  name: 'echo',
  type: 'echo',
  state: 'up',
  pool: 'main',
  listeners: [{ address: 'tcp://127.0.0.1:2007' }, { address: 'udp://127.0.0.1:2007' }],
  sessions: { active: 1, total: 12, refused: 3 },
  bytes: { in: 2048, out: 500 },
  error: null,
};

export const status: Status = {
  name: 'portico',
  version: '0.1.0',
  pid: 123,
  started: '2026-01-01T00:00:00.000Z',
  generation: 2,
  state: 'running',
  config: '/etc/portico/daemon.config.yaml',
  admin: 'tcp://127.0.0.1:9080',
  workers: [{ pool: 'main', pid: 124, generation: 2, sessions: 1, rss: 52_428_800, restarts: 0 }],
  services: [echo],
  deliveries: [],
};

export const mistake = {
  file: 'daemon.config.yaml',
  line: 3,
  column: 5,
  path: 'services.echo.lisen',
  message: 'unknown key "lisen", did you mean "listen"?',
  length: 5,
} as const;
