import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

import type { Random } from './random.ts';

export const portNames = [
  'echo',
  'echoTls',
  'chat',
  'shout',
  'count',
  'forward',
  'http',
  'xmlrpc',
  'smtp',
  'pop3',
  'ftp',
  'tftp',
  'tftpSingle',
  'syslog',
  'daytime',
  'admin',
] as const;

export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/** Below what the system gives to connections of its own, so that a port is still free when the daemon starts again. */
const lowest = 20_000;
const count = 10_000;

/** Ports that are free for TCP and UDP. */
export async function findPorts(random: Random): Promise<Ports> {
  const found = new Set<number>();
  while (found.size < portNames.length) {
    const port = lowest + random.below(count);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  const numbers = [...found];
  return Object.fromEntries(portNames.map((name, at) => [name, numbers[at]])) as unknown as Ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket('udp4');
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(socket.bind(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
    socket.close();
  }
}
