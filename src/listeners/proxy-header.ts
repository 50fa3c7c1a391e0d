import type { Socket } from 'node:net';

import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError } from '../contract/errors.ts';
import { parseProxyHeader } from '../wire/proxy-protocol.ts';

// A proxy sends its header at once; who takes longer is none.
const timeoutMs = 5_000;

/** Whom a proxy speaks for; null ends where it speaks for itself (LOCAL, UNKNOWN). */
export interface ProxiedEnds {
  readonly source: Endpoint | null;
  readonly destination: Endpoint | null;
}

/** Reads the PROXY header that stands before everything else; what follows it stays in the socket. Throws PeerError. */
export async function readProxyHeader(socket: Socket): Promise<ProxiedEnds> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxiedEnds>();
  let buffered: Buffer = Buffer.alloc(0);
  const onReadable = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      const parsed = parseProxyHeader(buffered);
      if (parsed.state === 'bad') return reject(new PeerError(`bad PROXY header: ${parsed.reason}`));
      if (parsed.state === 'more') continue;
      // Before unshift(), which emits 'readable': we would read the rest, and give it back, over and over.
      socket.off('readable', onReadable);
      if (parsed.length < buffered.length) socket.unshift(buffered.subarray(parsed.length));
      return resolve(parsed);
    }
  };
  const gone = (): void => reject(new PeerError('the peer left before its PROXY header was whole'));
  const timer = setTimeout(() => reject(new PeerError('no PROXY header came')), timeoutMs);
  socket.on('readable', onReadable);
  socket.on('error', gone);
  socket.on('end', gone);
  socket.on('close', gone);
  try {
    return await promise;
  } catch (error) {
    socket.on('error', () => {});
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('error', gone);
    socket.off('end', gone);
    socket.off('close', gone);
  }
}
