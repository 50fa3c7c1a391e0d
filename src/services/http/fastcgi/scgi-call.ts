import type { Socket } from 'node:net';

import { encodeScgiHeader } from '../../../wire/scgi.ts';
import type { Call } from './call.ts';
import { createSocketWriter } from './socket-writer.ts';

/** One request on a connection of its own: the body goes in as it is, and the answer lasts until the end of the connection. */
export function callScgi(socket: Socket, variables: Readonly<Record<string, string>>, length: number): Call {
  socket.write(encodeScgiHeader(variables, length));
  return { input: createSocketWriter(socket, { encode: (chunk) => chunk, last: null }), output: socket };
}
