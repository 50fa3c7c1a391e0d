import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Ports, Subject } from './subjects.ts';

/** A daemon in a process of its own, which accepts. */
export interface RunningSubject {
  readonly subject: Subject;
  readonly ports: Ports;
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
  const ports = { echo: await freePort(), exec: await freePort(), udp: await freePort() };
  for (const [name, text] of Object.entries(subject.files?.(ports) ?? {})) fs.writeFileSync(join(folder, name), text);
  const [program = '', ...args] = subject.command(ports);
  const log = fs.openSync(join(folder, 'output.txt'), 'a');
  const begun = performance.now();
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', log, log] });
  fs.closeSync(log);
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${subject.name} ended: ${folder}`)));
  failed.catch(() => {});
  const first = subject.services.find((service) => service !== 'udp');
  // One that only takes datagrams gives no sign.
  await Promise.race([first === undefined ? delay(1_500) : accepts(ports[first]), failed]);
  const startMs = performance.now() - begun;
  const pids = (): number[] => tree(child.pid ?? -1);
  return {
    subject,
    ports,
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
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
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
