import t from 'tap';

import { metaVariables } from '../../../src/services/http/gateway/meta-variables.ts';
import { createAppRequest } from '../../../src/services/http/module/request.ts';
import type { Route } from '../../../src/services/http/route.ts';
import { serveRoutes } from '../../support/exchange.ts';

/** Answers with what programs and modules are told about the host. */
const telling: Route = {
  async handle(exchange) {
    const place = { scriptName: '', pathInfo: exchange.path, file: null, documentRoot: null };
    const variables = metaVariables({ exchange, place, length: null, passAuthorization: false });
    const { request, leave } = createAppRequest(exchange, 1_000);
    leave();
    const told = [variables['SERVER_NAME'], variables['HTTP_HOST'], request.url, request.headers.get('host')];
    exchange.response.end(told.join(' '));
  },
};

// RFC 9112 3.2.2, and a regression: the target counted for some of these, and the header for others.
t.test('all agree about the host: that of an absolute target counts in place of the header', async (t) => {
  const served = await serveRoutes(t, { '/': telling });
  for (const [start, told] of [
    ['GET /a HTTP/1.1\r\nHost: good.test', 'good.test good.test http://good.test/a good.test'],
    ['GET http://evil.test/a HTTP/1.1\r\nhOsT: good.test', 'evil.test evil.test http://evil.test/a evil.test'],
    ['GET http://b.test:80/ HTTP/1.1\r\nX: host\r\nHost:', 'b.test b.test:80 http://b.test/ b.test:80'],
    ['GET http://b.test/ HTTP/1.0', 'b.test b.test http://b.test/ b.test'],
  ] as const) {
    const { peer } = await served.connect();
    await peer.write(`${start}\r\nConnection: close\r\n\r\n`);
    const answer = (await peer.rest()).toString();
    peer.end();
    t.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), told, start);
  }
});
