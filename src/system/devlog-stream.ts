import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';

import type { DevLog } from './devlog.ts';

/** The log socket over a connection: each message ends with a newline. */
export function openStreamLog(path: string): DevLog {
  let socket: net.Socket | null = null;
  let retryAt = 0;
  return {
    send(bytes) {
      if (socket === null && performance.now() < retryAt) return 'down';
      socket ??= connect();
      if (socket.writableLength + bytes.length + 1 > maxQueuedBytes) return 'full';
      socket.write(Buffer.concat([bytes, newline]));
      return 'sent';
    },
    close() {
      socket?.end();
      socket = null;
    },
  };

  function connect(): net.Socket {
    const made = net.connect(path);
    // A log daemon alone keeps no process alive.
    made.unref();
    made.resume();
    made.on('error', () => {
      retryAt = performance.now() + retryMs;
    });
    made.on('close', () => {
      if (socket === made) socket = null;
    });
    return made;
  }
}

const newline = Buffer.from('\n');
const maxQueuedBytes = 1024 * 1024;
const retryMs = 1_000;

/** Asks the kernel's list of unix sockets: number, references, protocol, flags, type (0001 is a stream), state, inode, path. */
export function isStreamSocket(path: string): boolean {
  try {
    const real = realpathSync(path);
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
    return lines.some((line) => line.endsWith(` ${real}`) && line.split(/\s+/)[4] === '0001');
  } catch {
    return false;
  }
}
