import t from 'tap';

import { CgiHeaderError, createCgiHeaderReader, parseCgiHeader } from '../../src/wire/cgi-header.ts';

const document = (status: number, fields: string[], more: object = {}) => ({
  kind: 'document',
  status,
  reason: '',
  fields,
  length: null,
  ...more,
});

t.test('what a program writes becomes an answer', async (t) => {
  const type = ['Content-Type', 'text/plain'];
  const cases: [string, object][] = [
    ['Content-Type: text/plain\n', document(200, type)],
    ['Content-Type: text/plain\r\nX-A: 1\r\n', document(200, [...type, 'X-A', '1'])],
    ['Content-Type: text/plain\r\nX-A: 1\n', document(200, [...type, 'X-A', '1'])],
    ['content-TYPE:text/plain  \n', document(200, ['content-TYPE', 'text/plain'])],
    ['Content-Type: text/plain\nX-Empty:\n', document(200, [...type, 'X-Empty', ''])],
    ['Status: 404 Not Here\nContent-Type: text/plain\n', document(404, type, { reason: 'Not Here' })],
    ['Status: 204\n', document(204, [])],
    ['Status: 404\nExpires: 0\n', document(404, ['Expires', '0'])],
    ['HTTP/1.0 403 No\nContent-Type: text/plain\n', document(403, type, { reason: 'No' })],
    ['Content-Type: text/plain\nContent-Length: 5\n', document(200, [...type, 'Content-Length', '5'], { length: 5 })],
    ['Content-Type: text/plain\nContent-Type: text/plain\n', document(200, type)],
    [
      'Content-Type: text/plain\nSet-Cookie: a=1\nSet-Cookie: b=2\n',
      document(200, [...type, 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']),
    ],
    ['Content-Type: text/plain\nX-A: caf\xc3\xa9\n', document(200, [...type, 'X-A', 'caf\xc3\xa9'])],
    // Of this connection, or for this server only.
    [
      'Content-Type: text/plain\nConnection: close\nTransfer-Encoding: chunked\nUpgrade: x\nX-CGI-Debug: 1\n',
      document(200, type),
    ],
    ['Location: https://example.com/\n', document(302, ['Location', 'https://example.com/'])],
    ['Location: other.html\n', document(302, ['Location', 'other.html'])],
    ['Status: 301\nLocation: /new\nContent-Type: text/plain\n', document(301, ['Location', '/new', ...type])],
    ['Location: /a/b?c=d\n', { kind: 'local', target: '/a/b?c=d' }],
    ['Location: /a\nContent-Type: text/plain\n', { kind: 'local', target: '/a' }],
  ];
  for (const [text, expected] of cases) t.same(parseCgiHeader(text), expected, JSON.stringify(text));
});

t.test('what is no such header is refused', async (t) => {
  const something = 'The program wrote something else than a header.';
  const cases: [string, string][] = [
    ['', "The program's header has no Content-Type."],
    ['X-A: 1\n', "The program's header has no Content-Type."],
    ['hello\n', something],
    ['<html>\n', something],
    ['Content-Type : text/plain\n', something],
    [' Content-Type: text/plain\n', something],
    ['Content-Type: text/plain\n continued\n', something],
    ['Content-Type: text/plain\nX: a\0b\n', something],
    ['Content-Type: text/plain\nX: a\rSet-Cookie: b\n', something],
    ['Content-Type: text/plain\nX: \x1b[2J\n', something],
    ['Content-Type: text/plain\nÜ: 1\n', something],
    ['HTTP/1.1 200 \x01\nContent-Type: text/plain\n', something],
    ['Status: 99\n', "The program's status is none from 200 to 599."],
    ['Status: 100 Continue\n', "The program's status is none from 200 to 599."],
    ['Status: 600\n', "The program's status is none from 200 to 599."],
    ['Status: OK\n', "The program's status is none from 200 to 599."],
    ['Status: 200\nStatus: 404\n', "The program's header has two of Status."],
    [
      'Content-Type: text/plain\nContent-Length: 5\nContent-Length: 6\n',
      "The program's header has two of Content-Length.",
    ],
    ['Content-Type: text/plain\nContent-Length: five\n', "The program's Content-Length is no number."],
    ['Content-Type: text/plain\nContent-Length: -1\n', "The program's Content-Length is no number."],
    ['Location: /a b\n', "The program's Location is no path."],
    ['Location: /caf\xe9\n', "The program's Location is no path."],
  ];
  for (const [text, message] of cases)
    t.throws(() => parseCgiHeader(text), { name: 'CgiHeaderError', message }, JSON.stringify(text));
});

t.test('a header is taken in however it comes', async (t) => {
  for (const end of ['\n', '\r\n']) {
    const bytes = Buffer.from(`Content-Type: text/plain${end}X-A: 1${end}${end}body\n\nmore`);
    const whole = createCgiHeaderReader({ maxBytes: 1000 }).push(bytes);
    t.same(whole?.header, document(200, ['Content-Type', 'text/plain', 'X-A', '1']));
    t.equal(whole?.rest.toString(), 'body\n\nmore');
    const reader = createCgiHeaderReader({ maxBytes: 1000 });
    const found: unknown[] = [];
    for (const byte of bytes) {
      const result = reader.push(Buffer.of(byte));
      if (result === null) continue;
      found.push(result.header);
      t.equal(result.rest.length, 0);
      break;
    }
    t.same(found, [whole?.header], 'byte by byte');
  }
});

t.test('an empty line at the beginning ends a header without fields', async (t) => {
  for (const text of ['\nhello', '\r\nhello']) {
    t.throws(() => createCgiHeaderReader({ maxBytes: 1000 }).push(Buffer.from(text)), CgiHeaderError);
  }
});

t.test('a header has a limit', async (t) => {
  const header = `Content-Type: text/plain\nX: ${'x'.repeat(1000)}\n\n`;
  const exactly = createCgiHeaderReader({ maxBytes: header.length });
  t.ok(exactly.push(Buffer.from(`${header}body`)));
  const over = createCgiHeaderReader({ maxBytes: header.length - 1 });
  t.throws(() => over.push(Buffer.from(header)), {
    message: `The program's header has more than ${header.length - 1} bytes.`,
  });
  const endless = createCgiHeaderReader({ maxBytes: 100 });
  t.equal(endless.push(Buffer.alloc(100, 'x')), null);
  t.throws(() => endless.push(Buffer.from('x')), CgiHeaderError);
});
