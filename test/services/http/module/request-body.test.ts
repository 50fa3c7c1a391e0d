import t, { type Test } from 'tap';

import { createRequestBody } from '../../../../src/services/http/module/request-body.ts';
import { HttpError, type Route } from '../../../../src/services/http/route.ts';
import { serveRoutes } from '../../../support/exchange.ts';

/** What comes of a body that is sent in chunks of one byte, whose limit is 5,000 bytes. */
async function readOf(t: Test, bytes: number): Promise<{ pieces: number; bytes: number; error: unknown }> {
  const read = { pieces: 0, bytes: 0, error: null as unknown };
  const route: Route = {
    async handle({ request, response }) {
      try {
        for await (const piece of createRequestBody(request, 5_000).stream) {
          read.pieces += 1;
          read.bytes += piece.length;
        }
      } catch (error) {
        read.error = error;
      }
      response.end();
    },
  };
  const served = await serveRoutes(t, { '/': route });
  const { peer } = await served.connect();
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  await peer.write(`${head}${'1\r\na\r\n'.repeat(bytes)}0\r\n\r\n`);
  await peer.rest();
  peer.end();
  return read;
}

// Regression: request.text() of an app took hundreds of times the size of a body in chunks of one byte.
t.test('what a peer sends together in small chunks is few pieces', async (t) => {
  const { pieces, bytes, error } = await readOf(t, 5_000);
  t.same([bytes, error], [5_000, null]);
  t.ok(pieces <= 16 + 100, `${pieces} pieces`);
});

t.test('but not more than the limit', async (t) => {
  const { error } = await readOf(t, 5_001);
  t.match(error, { status: 413 });
  t.ok(error instanceof HttpError);
});
