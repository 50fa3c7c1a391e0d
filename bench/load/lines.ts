import { once } from 'node:events';
import net from 'node:net';

const linesInBlock = 500;

/** What one syslog message is, with the line feed that frames it. All have the same length. */
export const line = `<134>1 2026-01-31T12:00:00.000Z host.example bench 1234 - - ${'a text of some length '.repeat(3)}end\n`;

/** Sends so many messages on each connection, as fast as they are taken. */
export async function sendLines(port: number, connections: number, each: number): Promise<void> {
  const block = Buffer.from(line.repeat(linesInBlock));
  await Promise.all(Array.from({ length: connections }, send));

  async function send(): Promise<void> {
    const socket = net.connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    for (let left = each; left > 0; left -= linesInBlock) {
      const part = left >= linesInBlock ? block : block.subarray(0, left * line.length);
      if (!socket.write(part)) await once(socket, 'drain');
    }
    socket.end();
    socket.resume();
    await once(socket, 'close');
  }
}
