import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { PortOf, Subject } from './subject.ts';

/** A daemon in a process of its own, which accepts. */
export interface RunningSubject {
  readonly subject: Subject;
  readonly folder: string;
  readonly port: PortOf;
  /** From its start to the first connection that was accepted. */
  readonly startMs: number;
  /** Seconds of CPU, user and system, of the process, its children, and their children that have ended. */
  cpuSeconds(): number;
  /** Proportional set size of the process and its children. */
  memoryBytes(): number;
  descriptors(): number;
  stop(): Promise<void>;
}

const startLimitMs = 20_000;

export async function startSubject(subject: Subject, folder: string): Promise<RunningSubject> {
  fs.mkdirSync(folder, { recursive: true });
  const ports = new Map<string, number>();
  for (const service of subject.services) ports.set(service, await freePort());
  const port: PortOf = (service) => ports.get(service) ?? 0;
  for (const [name, text] of Object.entries(subject.files?.(port, folder) ?? {}))
    fs.writeFileSync(join(folder, name), text);
  subject.prepare?.(folder);
  const [program = '', ...args] = subject.command(port, folder);
  const log = fs.openSync(join(folder, 'output.txt'), 'a');
  const begun = performance.now();
  // A process group of its own: what a daemon leaves behind ends with it.
  const env = { ...process.env, ...subject.env };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', log, log], detached: true });
  fs.closeSync(log);
  started.add(child);
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(lastLine(join(folder, 'output.txt')))));
  failed.catch(() => {});
  const first = subject.services.find((service) => service !== 'udp');
  // One that only takes datagrams gives no sign.
  try {
    await Promise.race([first === undefined ? delay(1_500) : accepts(port(first)), failed]);
  } catch (error) {
    await stop(child);
    throw error;
  }
  const startMs = performance.now() - begun;
  const pids = (): number[] => tree(child.pid ?? -1);
  return {
    subject,
    folder,
    port,
    startMs,
    cpuSeconds: () => sum(pids(), cpuSecondsOf),
    memoryBytes: () => sum(pids(), memoryBytesOf),
    descriptors: () => sum(pids(), (pid) => quietly(() => fs.readdirSync(`/proc/${pid}/fd`).length)),
    stop: () => stop(child),
  };
}

async function accepts(port: number): Promise<void> {
  const end = performance.now() + startLimitMs;
  while (performance.now() < end) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.on('error', () => {}).destroy();
    if (isOpen) return;
    await delay(1);
  }
  throw new Error('it does not accept');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  }
  endGroup(child);
  started.delete(child);
}

/** Those that run now, for an end that nobody waits for. */
const started = new Set<ChildProcess>();
process.on('exit', () => started.forEach(endGroup));
// As often as it comes: timeout(1) sends it twice.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // Nobody is left in it.
  }
}

/** Why a daemon did not start, as it says itself. */
function lastLine(path: string): string {
  const lines = quietly(() => fs.readFileSync(path, 'utf8'), '')
    .trim()
    .split('\n');
  return `it ended: ${(lines.at(-1) ?? '').replaceAll('|', '/').slice(-160)}`;
}

/** A number that is free for TCP now, and most likely for UDP. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function tree(root: number): number[] {
  const children = quietly(() => fs.readFileSync(`/proc/${root}/task/${root}/children`, 'utf8'), '');
  return [
    root,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((pid) => tree(Number(pid))),
  ];
}

/** proc(5): utime, stime, and those of children that were waited for, in ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const stat = quietly(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'), '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return sum(fields.slice(11, 15), Number) / 100;
}

function memoryBytesOf(pid: number): number {
  const text = quietly(() => fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** For processes that end while they are looked at. */
function quietly(read: () => number): number;
function quietly(read: () => string, otherwise: string): string;
function quietly(read: () => number | string, otherwise: number | string = 0): number | string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
