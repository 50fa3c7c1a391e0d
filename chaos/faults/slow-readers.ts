import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Chaos, Fault } from '../fault.ts';
import { memoryBytesOf } from '../processes.ts';

const holdMs = 1_500;
const each = 10;
const boundBytes = 128 * 1024 ** 2;
const asked = 200;

/** Peers that ask for much and read nothing of it: others go on, and memory does not grow with what nobody reads. */
export const slowReaders: Fault = {
  name: 'slow readers',
  async inject(chaos) {
    const { ports, subject, injected, broken } = chaos;
    const pids = subject.pools().flatMap((pool) => subject.workers(pool));
    const before = new Map(pids.map((pid) => [pid, memoryBytesOf(pid)]));
    injected();
    const requests = 'GET /page.txt HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(asked);
    const talkative = 'to whom it may concern: '.repeat(40);
    const readers = await Promise.all([
      ...Array.from({ length: each }, () => idle(chaos, ports.http, requests)),
      ...Array.from({ length: each }, () => idle(chaos, ports.echo, 'x'.repeat(4 << 20))),
      ...Array.from({ length: each }, (_, at) => idle(chaos, ports.chat, `reader-${at}\n`)),
    ]);
    const speaker = await idle(chaos, ports.chat, 'speaker\n');
    for (let line = 0; line < asked; line += 1) speaker.write(`${talkative}\n`);
    await delay(holdMs);
    for (const pid of pids) {
      const grown = memoryBytesOf(pid) - (before.get(pid) ?? 0);
      if (grown > boundBytes) broken(`a worker grew by ${Math.round(grown / 1024 ** 2)} MB for peers that do not read`);
    }
    for (const reader of [...readers, speaker]) reader.resetAndDestroy();
  },
};

async function idle({ broken, ledger }: Chaos, port: number, text: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.pause();
  await once(socket, 'connect').catch((error: Error) => {
    ledger.now.refused += 1;
    broken(`a connection was refused: ${error.message}`);
  });
  ledger.now.sessions += 1;
  socket.write(text);
  return socket;
}
