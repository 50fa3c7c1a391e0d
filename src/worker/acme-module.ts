import { createServer } from 'node:http';

import * as z from 'zod';

import type { ServiceModule } from '../contract/service.ts';

const path = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,256})$/;

/** Answers an authority that looks for a proof by HTTP (RFC 8555 8.3), where no service of the user's does. */
export function createAcmeModule(answerTo: (token: string) => string | null): ServiceModule {
  return {
    name: 'acme',
    summary: 'proofs for certificate authorities',
    transports: ['stream'],
    options: z.strictObject({}),
    example: '',
    create() {
      const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8_192 }, (request, response) => {
        const token = path.exec(request.url ?? '')?.[1];
        const answer = token === undefined ? null : answerTo(token);
        response.writeHead(answer === null ? 404 : 200, { 'content-type': 'text/plain', connection: 'close' });
        response.end(answer ?? 'not found\n');
      });
      // Its own time limits begin with this event, although it never listens.
      server.emit('listening');
      return {
        connection({ stream }) {
          const { promise, resolve } = Promise.withResolvers<void>();
          stream.once('close', resolve);
          server.emit('connection', stream);
          return promise;
        },
      };
    },
  };
}
