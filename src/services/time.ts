import * as z from 'zod';

import { defineService } from '../contract/service.ts';
import { isReflected } from '../wire/reflection.ts';
import { trialCommand } from '../wire/trial.ts';

export default defineService({
  name: 'time',
  summary: 'Tells the seconds since 1900 as 32 bits (RFC 868)',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: 'listen: [tcp://127.0.0.1:2037, udp://127.0.0.1:2037]',
  trial: (address) => `${trialCommand(address, null)} | od --endian=big -An -tu4`,
  create: () => ({
    connection({ stream }) {
      stream.write(encodeTime(Date.now()));
    },
    datagram(packet) {
      if (!isReflected(packet)) packet.reply(encodeTime(Date.now()));
    },
  }),
});

// RFC 868: "the time 2,208,988,800 corresponds to 00:00 1 Jan 1970 GMT".
const secondsFrom1900To1970 = 2_208_988_800;

/** Takes milliseconds since 1970. The 32 bits are full in February 2036 and begin again at 0, as NTP's do. */
export function encodeTime(unixMs: number): Buffer {
  const seconds = Math.floor(unixMs / 1000) + secondsFrom1900To1970;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(seconds % 2 ** 32);
  return bytes;
}
