import t from 'tap';

import { combinedLine, logAccess, type Answered } from '../../../src/services/http/access-log.ts';
import { createFakeSession } from '../../support/fake-session.ts';

const now = new Date(2026, 10, 5, 4, 3, 2);
const zone = `${now.getTimezoneOffset() > 0 ? '-' : '+'}${String(Math.floor(Math.abs(now.getTimezoneOffset()) / 60)).padStart(2, '0')}${String(Math.abs(now.getTimezoneOffset()) % 60).padStart(2, '0')}`;

function answered(more: Partial<Answered> = {}, headers: Record<string, string> = {}): Answered {
  const { session } = createFakeSession({ peer: { address: '192.0.2.1', port: 5, family: 'IPv4' } });
  const request = { method: 'GET', url: '/a?b', httpVersion: '1.1', headers };
  return { session, request, account: null, route: '/', status: 200, bytes: 12, seconds: 0.25, ...more };
}

t.test('writes the combined format', async (t) => {
  const time = `[05/Nov/2026:04:03:02 ${zone}]`;
  t.equal(combinedLine(answered(), now), `192.0.2.1 - - ${time} "GET /a?b HTTP/1.1" 200 12 "-" "-"`);
  t.equal(
    combinedLine(answered({ account: 'alice', bytes: 0 }, { referer: 'http://a/', 'user-agent': 'curl/8' }), now),
    `192.0.2.1 - alice ${time} "GET /a?b HTTP/1.1" 200 - "http://a/" "curl/8"`,
  );
  t.equal(
    combinedLine(answered({ request: null, status: 408, bytes: 0 }), now),
    `192.0.2.1 - - ${time} "-" 408 - "-" "-"`,
  );
});

t.test('nothing that a peer sends ends the quotes or the line', async (t) => {
  const line = combinedLine(answered({}, { 'user-agent': 'a"b\\c\u001b[0m\u00e4\r\n' }), now);
  t.match(line, /"a\\"b\\\\c\\x1b\[0m\\xc3\\xa4\\x0d\\x0a"$/);
  const long = combinedLine(answered({}, { referer: 'x'.repeat(5_000) }), now);
  t.match(long, /"x{2048}\.\.\." "-"$/);
});

t.test('is one event with its parts', async (t) => {
  const fake = createFakeSession();
  logAccess({ ...answered({ account: 'alice' }), session: fake.session }, now);
  t.match(fake.logs, [
    {
      severity: 'info',
      message: /^127\.0\.0\.1 - alice \[/,
      fields: {
        event: 'http.request',
        method: 'GET',
        path: '/a?b',
        route: '/',
        status: 200,
        bytes: 12,
        duration: 0.25,
        account: 'alice',
      },
    },
  ]);
});
