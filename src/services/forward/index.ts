import { readFile } from 'node:fs/promises';

import { defineService } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { createAssociations } from './associations.ts';
import { checkForward } from './check.ts';
import { connectTo } from './connect.ts';
import { forwardOptions } from './options.ts';
import { relay } from './relay.ts';

export default defineService({
  name: 'forward',
  summary: 'Passes connections and datagrams on to another address',
  transports: ['stream', 'datagram'],
  options: forwardOptions,
  example: `listen: tcp://127.0.0.1:2025
to: tcp://127.0.0.1:25`,
  defaults: { idle: null },
  trial: (address) => trialCommand(address, 'echo hello'),
  check: checkForward,
  async create(options, context) {
    if (options.to.kind === 'udp') return createAssociations(options.to, context);
    const ca = options.ca === undefined ? undefined : await readFile(options.ca);
    return {
      async connection(session) {
        const target = await connectTo({ options, ca, session });
        if (target !== null) await relay(session, target);
      },
    };
  },
});
