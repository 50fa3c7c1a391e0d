import { access, constants } from 'node:fs/promises';

import { reasonOf } from '../../contract/errors.ts';
import { defineService } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { createAttendant } from './attendant.ts';
import { checkExec } from './check.ts';
import { createLoadGate } from './load-gate.ts';
import { execOptions } from './options.ts';
import { serveSession } from './serve-session.ts';

/** inetd's way: a program for each connection, or (`wait`) one that gets the socket itself. */
export default defineService({
  name: 'exec',
  summary: 'Starts a program for each connection, or gives it the socket, as inetd does',
  transports: ['stream', 'datagram'],
  options: execOptions,
  example: `listen: tcp://127.0.0.1:2022
command: [/bin/cat]`,
  defaults: { idle: null },
  // Most programs answer without being asked; a datagram has to come first.
  trial: (address) => trialCommand(address, address.kind === 'udp' ? 'echo hello' : null),
  check: checkExec,
  async create(options, context) {
    const [program] = options.command;
    await access(program, constants.X_OK).catch((error: unknown) => {
      // Not the end: it may be installed or mounted later, and each start looks again.
      context.log.warning(`the program cannot be started now: ${reasonOf(error)}`);
    });
    const gate = createLoadGate(options.max_load);
    if (options.wait) return createAttendant(options, context, gate);
    return { takesDescriptor: true, connection: (session) => serveSession({ session, options, context, gate }) };
  },
});
