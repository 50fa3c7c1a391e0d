import * as z from 'zod';

import { defineService } from '../contract/service.ts';
import { isReflected } from '../wire/reflection.ts';
import { trialCommand } from '../wire/trial.ts';

export default defineService({
  name: 'daytime',
  summary: 'Tells date and time as a line of text (RFC 867)',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: 'listen: [tcp://127.0.0.1:2013, udp://127.0.0.1:2013]',
  trial: (address) => trialCommand(address, null),
  create: () => ({
    connection({ stream }) {
      stream.write(formatDaytime(new Date()));
    },
    datagram(packet) {
      if (!isReflected(packet)) packet.reply(Buffer.from(formatDaytime(new Date())));
    },
  }),
});

/** Local time as inetd writes it, which is C's ctime(): RFC 867 leaves the syntax open. */
export function formatDaytime(date: Date): string {
  const [weekday, month, day, year, time] = date.toString().split(' ');
  return `${weekday} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}\r\n`;
}
