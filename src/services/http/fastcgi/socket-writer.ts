import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

import { roomIn } from '../../../wire/room.ts';

/** Writes into a connection at its pace without ending it. What cannot be written any more is dropped: a script need not read to the end. */
export function createSocketWriter(
  socket: Socket,
  { encode, last }: { readonly encode: (chunk: Buffer) => Buffer; readonly last: Buffer | null },
): Writable {
  const send = (bytes: Buffer, done: () => void): void => {
    if (!socket.writable || socket.write(bytes)) return done();
    void roomIn(socket).then(done);
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => send(encode(chunk), done),
    final: (done) => (last === null ? done() : send(last, done)),
  });
}
