import fs from 'node:fs';

import { duplicate, listenOn } from '../system/sockets.ts';
import { libc } from '../system/libc.ts';
import { watchReadable } from '../system/readiness.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { backlog } from './stream.ts';

/** Gives the listening or bound socket itself to the service (inetd's `wait`): nothing is accepted or read here. */
export async function createWholeSocket(options: ListenerOptions, transport: 'stream' | 'datagram'): Promise<Listener> {
  if (libc === null) throw new Error('giving a whole socket to a program needs node:ffi');
  const fd = duplicate(options.fd);
  if (transport === 'stream') listenOn(fd, backlog);
  const { local } = options;
  const serve = async (): Promise<void> =>
    options.service.socket?.({ fd, transport, local, readable: (signal) => watchReadable(fd, signal) });
  const served = serve().catch((error: unknown) => options.events.errored(local, error));
  // The service hears of a drain by itself; the program that has the socket may take as long as a session.
  return {
    async close() {
      await served;
      fs.closeSync(fd);
    },
  };
}
