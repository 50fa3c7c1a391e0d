import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';

import type { Test } from 'tap';

import { shortFolder } from '../../../system/short-folder.ts';

export interface FakeBackend {
  readonly address: string;
  /** Every connection so far. */
  readonly connections: Socket[];
}

/** Something that listens on a unix socket and does with each connection what it is told to. */
export async function startBackend(t: Test, serve: (socket: Socket) => void): Promise<FakeBackend> {
  const path = join(shortFolder(t), 's');
  const connections: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return { address: `unix:${path}`, connections };
}

/** The records of each request on a connection, as a FastCGI backend gets them: begin, parameters and body are whole. */
export function readRequests(
  socket: Socket,
  onRequest: (request: { number: number; flags: number; variables: string; body: Buffer }) => void,
): void {
  let bytes = Buffer.alloc(0);
  let flags = 0;
  let variables: Buffer[] = [];
  let body: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 8 && bytes.length >= 8 + bytes.readUInt16BE(4) + bytes[6]!) {
      const content = bytes.subarray(8, 8 + bytes.readUInt16BE(4));
      const [type, number] = [bytes[1], bytes.readUInt16BE(2)];
      bytes = bytes.subarray(8 + content.length + bytes[6]!);
      if (type === 1) flags = content[2]!;
      if (type === 4) variables.push(content);
      if (type === 5 && content.length > 0) body.push(content);
      if (type !== 5 || content.length > 0) continue;
      const request = { number, flags, variables: Buffer.concat(variables).toString(), body: Buffer.concat(body) };
      [variables, body] = [[], []];
      onRequest(request);
    }
  });
}

/** A record of a request. */
export function record(type: number, content: string | Buffer, number = 1): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.of(1, type, 0, 0, 0, 0, 0, 0);
  header.writeUInt16BE(number, 2);
  header.writeUInt16BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** The end of a request; 0: complete, 2: overloaded. */
export function endRecord(how = 0, number = 1): Buffer {
  return record(3, Buffer.of(0, 0, 0, 0, how, 0, 0, 0), number);
}
