// What a peer says first, before OpenSSL has seen it. Everything here is untrusted; whatever is not a plain ClientHello is left to
// OpenSSL to judge.
import type { Socket } from 'node:net';

import { PeerError } from '../contract/errors.ts';

export interface ClientHello {
  /** In lower case. */
  readonly serverName: string | null;
  /** ALPN, in the peer's order. */
  readonly protocols: readonly string[];
}

export type ParsedClientHello =
  | { readonly state: 'hello'; readonly hello: ClientHello }
  /** Not before there are so many bytes. */
  | { readonly state: 'more'; readonly bytes: number }
  | { readonly state: 'other' };

// With keys for a quantum-safe exchange a hello has 1.5 to 2 KB.
const maxHelloBytes = 16_384;

/** Looks at the hello and leaves it in the socket; null where it is something else. Throws PeerError when none comes. */
export async function peekClientHello(socket: Socket, timeoutMs: number): Promise<ClientHello | null> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHello | null>();
  const chunks: Buffer[] = [];
  let [arrived, wanted] = [0, 1];
  const onReadable = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      chunks.push(chunk);
      arrived += chunk.length;
    }
    if (arrived < wanted) return;
    const bytes = Buffer.concat(chunks);
    const parsed = parseClientHello(bytes);
    if (parsed.state === 'more') {
      wanted = parsed.bytes;
      return;
    }
    // Before unshift(), which emits 'readable'.
    socket.off('readable', onReadable);
    socket.unshift(bytes);
    resolve(parsed.state === 'hello' ? parsed.hello : null);
  };
  const gone = (): void => reject(new PeerError('the peer left during the TLS handshake'));
  const timer = setTimeout(() => reject(new PeerError('the TLS handshake took too long')), timeoutMs);
  socket.on('readable', onReadable);
  socket.on('error', gone);
  socket.on('end', gone);
  socket.on('close', gone);
  try {
    return await promise;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('error', gone);
    socket.off('end', gone);
    socket.off('close', gone);
  }
}

/** RFC 8446 4.1.2, the same in TLS 1.2. */
export function parseClientHello(bytes: Buffer): ParsedClientHello {
  const parsed = joinRecords(bytes);
  if (!Buffer.isBuffer(parsed)) return parsed;
  try {
    return { state: 'hello', hello: readHello(parsed) };
  } catch (error) {
    if (error instanceof RangeError) return { state: 'other' };
    throw error;
  }
}

/** RFC 8446 5.1: a message may lie in several records. Gives its body. */
function joinRecords(bytes: Buffer): Buffer | Exclude<ParsedClientHello, { state: 'hello' }> {
  const fragments: Buffer[] = [];
  let joined = 0;
  for (let at = 0; ;) {
    if (bytes.length > at && bytes[at] !== 22) return { state: 'other' };
    if (bytes.length < at + 5) return { state: 'more', bytes: at + 5 };
    const length = bytes.readUInt16BE(at + 3);
    // Empty fragments of a handshake are forbidden; they would make this endless.
    if (bytes[at + 1] !== 3 || length === 0 || length > maxHelloBytes) return { state: 'other' };
    if (bytes.length < at + 5 + length) return { state: 'more', bytes: at + 5 + length };
    fragments.push(bytes.subarray(at + 5, at + 5 + length));
    joined += length;
    at += 5 + length;
    if (joined < 4) continue;
    const message = Buffer.concat(fragments);
    const body = message.readUIntBE(1, 3);
    if (message[0] !== 1 || body > maxHelloBytes) return { state: 'other' };
    if (joined >= 4 + body) return message.subarray(4, 4 + body);
  }
}

/** Throws RangeError where a length leads outside. */
function readHello(body: Buffer): ClientHello {
  const reader = createReader(body);
  reader.take(2 + 32); // version, random
  reader.take(reader.number(1)); // session
  reader.take(reader.number(2)); // ciphers
  reader.take(reader.number(1)); // compression
  let serverName: string | null = null;
  const protocols: string[] = [];
  const extensions = reader.isAtEnd() ? reader : createReader(reader.take(reader.number(2)));
  while (!extensions.isAtEnd()) {
    const kind = extensions.number(2);
    const data = createReader(extensions.take(extensions.number(2)));
    if (kind === serverNameExtension) serverName = readServerName(createReader(data.take(data.number(2))));
    if (kind === alpnExtension) {
      const list = createReader(data.take(data.number(2)));
      while (!list.isAtEnd()) protocols.push(list.take(list.number(1)).toString('latin1'));
    }
  }
  return { serverName, protocols };
}

// RFC 6066 3, RFC 7301 3.1
const serverNameExtension = 0;
const alpnExtension = 16;

/** RFC 6066 3: a list of which only host names (0) were ever defined. */
function readServerName(list: Reader): string | null {
  while (!list.isAtEnd()) {
    const kind = list.number(1);
    const name = list.take(list.number(2));
    if (kind === 0) return name.toString('latin1').toLowerCase();
  }
  return null;
}

interface Reader {
  number(bytes: 1 | 2): number;
  take(bytes: number): Buffer;
  isAtEnd(): boolean;
}

function createReader(bytes: Buffer): Reader {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError('a length leads outside');
    at += count;
    return bytes.subarray(at - count, at);
  };
  return { take, number: (count) => take(count).readUIntBE(0, count), isAtEnd: () => at >= bytes.length };
}
