import * as z from 'zod';

import { defineService } from '../contract/service.ts';
import { isReflected } from '../wire/reflection.ts';
import { trialCommand } from '../wire/trial.ts';

export default defineService({
  name: 'echo',
  summary: 'Sends back what it is sent (RFC 862)',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: 'listen: [tcp://127.0.0.1:2007, udp://127.0.0.1:2007]',
  trial: (address) => trialCommand(address, 'echo hello'),
  create: () => ({
    connection: ({ stream }) =>
      new Promise((resolve) => {
        stream.on('data', (chunk) => {
          if (!stream.write(chunk)) stream.pause();
        });
        stream.on('drain', () => stream.resume());
        stream.on('end', resolve);
      }),
    datagram(packet) {
      if (!isReflected(packet)) packet.reply(packet.data);
    },
  }),
});
