import * as z from 'zod';

import { defineService } from '../contract/service.ts';
import { trialCommand } from '../wire/trial.ts';

export default defineService({
  name: 'discard',
  summary: 'Throws away what it is sent (RFC 863)',
  transports: ['stream', 'datagram'],
  options: z.strictObject({}),
  example: 'listen: [tcp://127.0.0.1:2009, udp://127.0.0.1:2009]',
  trial: (address) => trialCommand(address, 'echo hello'),
  create: () => ({
    connection: ({ stream }) =>
      new Promise((resolve) => {
        stream.on('end', resolve).resume();
      }),
    // Without a handler a datagram would be a mistake; RFC 863: "no response is sent".
    datagram() {},
  }),
});
