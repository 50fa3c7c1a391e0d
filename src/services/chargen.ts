import type { Duplex } from 'node:stream';

import * as z from 'zod';

import { defineService } from '../contract/service.ts';
import { isReflected } from '../wire/reflection.ts';
import { trialCommand } from '../wire/trial.ts';

export default defineService({
  name: 'chargen',
  summary: 'Sends a rotating pattern of characters without end (RFC 864)',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: 'listen: [tcp://127.0.0.1:2019, udp://127.0.0.1:2019]',
  trial: (address) =>
    address.kind === 'udp' ? trialCommand(address, "printf '%512s'") : `${trialCommand(address, null)} | head -5`,
  create: () => ({
    connection: ({ stream }) => sendUntilPeerLeaves(stream),
    datagram(packet) {
      if (isReflected(packet)) return;
      // RFC 864 allows up to 512 characters; never more than came, or a forged source would turn us on somebody else.
      packet.reply(pattern.subarray(0, Math.min(packet.data.length, 512)));
    },
  }),
});

/** All 95 lines of 72 characters, each beginning one printable character later, as often as about 64 KiB hold them. */
const pattern = Buffer.from(
  Array.from({ length: 9 * 95 }, (_, line) => `${characters(72, line)}\r\n`).join(''),
  'latin1',
);

function characters(count: number, first: number): string {
  return String.fromCharCode(...Array.from({ length: count }, (_, index) => 32 + ((first + index) % 95)));
}

function sendUntilPeerLeaves(stream: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let next: NodeJS.Immediate | undefined;
  // One write a turn of the loop: a peer that reads as fast as we write must not keep it from everyone else.
  const sendSoon = (): void => {
    next = setImmediate(send);
  };
  const send = (): void => {
    if (stream.writable && stream.write(pattern)) sendSoon();
  };
  stream.on('drain', sendSoon).on('end', resolve).on('close', resolve).resume();
  send();
  return promise.finally(() => clearImmediate(next));
}
