import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../../src/contract/errors.ts';
import webhook from '../../../../src/deliveries/targets/webhook/index.ts';
import { createTarget, describeTarget, type Place } from '../../../support/describe-target.ts';
import { fakeItem, largeItem, mailFacts } from '../../../support/fake-item.ts';
import { makeCertificates, makeFolder, needProgram, startPeer } from '../../../support/peers.ts';
import { startWebReceiver, type WebReceiverOptions } from '../../../support/web-receiver.ts';

const never = new AbortController().signal;

describeTarget(webhook, { place: newPlace, isIdempotent: false });

async function newPlace(t: Test): Promise<Place> {
  const receiver = await startWebReceiver(t);
  return {
    options: { url: receiver.url, secret: 'key' },
    arrived: async () => receiver.requests.map(({ size, body }) => ({ size, content: body })),
    litter: async () => receiver.requests.flatMap(({ headers }) => ('x-injected' in headers ? ['a header'] : [])),
    breakDown: receiver.close,
  };
}

async function open(t: Test, options: Record<string, unknown> = {}, receiver: WebReceiverOptions = {}) {
  const server = await startWebReceiver(t, receiver);
  const target = await createTarget(webhook, { url: server.url, ...options });
  t.teardown(() => target.stop?.());
  return { target, server };
}

t.test('raw: the thing itself, with its facts in headers', async (t) => {
  const { target, server } = await open(t, { headers: { Authorization: 'Bearer x' } });
  await target.deliver(fakeItem(t, { id: 'abc', account: 'ålice', name: 'a"b ü%.pdf' }), never);
  t.match(server.requests[0], {
    method: 'POST',
    url: '/hook',
    size: 25,
    headers: {
      authorization: 'Bearer x',
      'content-type': 'application/pdf',
      'content-length': '25',
      'content-disposition': `attachment; filename="a_b __.pdf"; filename*=UTF-8''a%22b%20%C3%BC%25.pdf`,
      'x-portico-id': 'abc',
      'x-portico-delivery': 'test',
      'x-portico-service': 'drop',
      'x-portico-session': 'abcdefghijkl',
      'x-portico-account': '%C3%A5lice',
      'x-portico-name': 'a"b %C3%BC%25.pdf',
      'x-portico-received': '2026-01-31T12:00:00.123Z',
    },
  });
  t.notHas(server.requests[0]?.headers, { 'x-portico-signature': String, 'x-portico-from': String });
});

t.test('json: facts and content', async (t) => {
  const { target, server } = await open(t, { body: 'json', method: 'PUT' });
  for (const content of ['', 'a', 'ab', 'abc']) await target.deliver(fakeItem(t, { id: 'abc', content }), never);
  t.same(
    server.requests.map(({ body }) => Buffer.from(JSON.parse(String(body)).content, 'base64').toString()),
    ['', 'a', 'ab', 'abc'],
  );
  await target.deliver(fakeItem(t, { id: 'abc', content: 'abc', mail: mailFacts({ subject: 'a "b"\n' }) }), never);
  t.strictSame(JSON.parse(String(server.requests[4]?.body)), {
    id: 'abc',
    delivery: 'test',
    service: 'drop',
    session: 'abcdefghijkl',
    account: null,
    name: 'report.pdf',
    type: 'application/pdf',
    size: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    received: '2026-01-31T12:00:00.123Z',
    mail: { from: 'scanner@office.example', to: ['scans@portico.example'], subject: 'a "b"\n' },
    content: 'YWJj',
  });
  t.match(server.requests[4], { method: 'PUT', headers: { 'content-type': 'application/json' } });
});

t.test('json and multipart announce the length that they have, also of what comes in pieces', async (t) => {
  for (const body of ['json', 'multipart']) {
    const { target, server } = await open(t, { body, secret: 'key' });
    const size = 3 * 1024 ** 2;
    await target.deliver(largeItem(t, size), never);
    const [request] = server.requests;
    t.equal(request?.headers['content-length'], String(request?.size));
    t.ok((request?.size ?? 0) > size);
  }
});

t.test('multipart: a form that others can read', async (t) => {
  const { target, server } = await open(t, { body: 'multipart' });
  await target.deliver(fakeItem(t, { id: 'abc', name: 'ü.pdf' }), never);
  const [{ headers, body } = { headers: {}, body: null }] = server.requests;
  const answer = new Response(body as Buffer<ArrayBuffer>, {
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
  const form = await answer.formData();
  t.match(JSON.parse(form.get('facts') as string), { id: 'abc', name: 'ü.pdf' });
  const file = form.get('file') as File;
  t.equal(await file.text(), 'first line\r\nsecond line\r\n');
  t.equal(file.type, 'application/pdf');
});

t.test('the signature is that of the bytes that were sent', async (t) => {
  for (const body of ['raw', 'json', 'multipart']) {
    const { target, server } = await open(t, { body, secret: 'key' });
    await target.deliver(fakeItem(t), never);
    const [request] = server.requests;
    const expected = createHmac('sha256', 'key')
      .update(request?.body as Buffer)
      .digest('hex');
    t.equal(request?.headers['x-portico-signature'], `sha256=${expected}`, body);
  }
});

const answers: readonly (readonly [
  status: number,
  headers: Record<string, string>,
  isTemporary: boolean,
  retryAfter: number | null,
])[] = [
  [400, {}, false, null],
  [401, {}, false, null],
  [404, { 'Retry-After': '5' }, false, null],
  [408, {}, true, null],
  [413, {}, false, null],
  [425, {}, true, null],
  [429, { 'Retry-After': '120' }, true, 120_000],
  [500, {}, true, null],
  [503, { 'Retry-After': 'soon' }, true, null],
  [503, { 'Retry-After': 'Sun, 06 Nov 1994 08:49:37 GMT' }, true, 0],
  [599, {}, true, null],
  [301, { Location: 'http://127.0.0.1:1/' }, false, null],
  [307, { Location: '/elsewhere' }, false, null],
  [304, {}, false, null],
];

t.test('answers that are no yes', async (t) => {
  for (const [status, headers, isTemporary, retryAfterMs] of answers) {
    const { target, server } = await open(
      t,
      {},
      { answer: (_, response) => void response.writeHead(status, headers).end('no\n') },
    );
    const failure = await target.deliver(fakeItem(t), never).catch((error: unknown) => error);
    t.match(failure, { message: new RegExp(`^HTTP ${status}`) });
    t.equal(failure instanceof TemporaryError, isTemporary, String(status));
    if (isTemporary) t.equal((failure as TemporaryError).retryAfterMs, retryAfterMs, String(status));
    t.equal(server.requests.length, 1, 'and no redirect was followed');
  }
});

t.test('of what is said for people, one line stands in the reason', async (t) => {
  const cases: readonly (readonly [type: string, body: string, reason: string])[] = [
    ['text/plain', 'no such token\r\nstack trace\n', 'HTTP 403: no such token'],
    ['text/html; charset=utf-8', 'Forbidden', 'HTTP 403'],
    ['text/plain', '<!DOCTYPE html>\n<html lang="en">', 'HTTP 403'],
    ['application/json', '{\n  "error": "no such token"\n}\n', 'HTTP 403: { "error": "no such token" }'],
    ['application/octet-stream', '', 'HTTP 403'],
  ];
  for (const [type, body, reason] of cases) {
    const { target } = await open(
      t,
      {},
      { answer: (_, response) => void response.writeHead(403, { 'Content-Type': type }).end(body) },
    );
    t.equal((await target.deliver(fakeItem(t), never).catch((error: Error) => error))?.message, reason, type);
  }
});

t.test('every 2xx is a yes, and what else it says is not read for ever', async (t) => {
  for (const status of [200, 201, 202, 204, 299]) {
    const { target } = await open(t, {}, { answer: (_, response) => void response.writeHead(status).end() });
    await target.deliver(fakeItem(t), never);
  }
  const endless: WebReceiverOptions = {
    answer(_, response) {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
      };
      response.on('drain', more);
      more();
    },
  };
  const { target } = await open(t, {}, endless);
  await target.deliver(fakeItem(t), never);
});

t.test('the answer counts also when it comes before all was sent', async (t) => {
  const isHasty = true;
  const { target } = await open(
    t,
    {},
    { isHasty, answer: (_, response) => void response.writeHead(413).end('too large') },
  );
  const failure = await target.deliver(largeItem(t, 64 * 1024 ** 2), never).catch((error: unknown) => error);
  t.match(failure, { message: 'HTTP 413: too large' });
  t.notOk(failure instanceof TemporaryError);
});

t.test('a connection is used again, and a kept one that has gone is no failure', async (t) => {
  const { target, server } = await open(t);
  await target.deliver(fakeItem(t), never);
  await target.deliver(fakeItem(t), never);
  t.equal(server.connections(), 1);
  const { target: other, server: closing } = await open(
    t,
    {},
    {
      answer(request, response, count) {
        // Without a word, when it is used for the second time.
        if (count === 2) request.socket.resetAndDestroy();
        else response.writeHead(204).end();
      },
    },
  );
  await other.deliver(fakeItem(t), never);
  await other.deliver(fakeItem(t), never);
  t.equal(closing.requests.length, 3);
  t.equal(closing.connections(), 2);
});

t.test('a server that hangs up without an answer is for now', async (t) => {
  const { target } = await open(t, {}, { answer: (request) => void request.socket.destroy() });
  await t.rejects(target.deliver(fakeItem(t), never), TemporaryError);
});

t.test('https: the server is checked, against ca where that is given', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const files = await makeCertificates(t, openssl, makeFolder(t));
  const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  const { target, server } = await open(t, { ca: files.ca }, { tls });
  await target.deliver(fakeItem(t), never);
  t.equal(server.requests.length, 1);
  const stranger = await createTarget(webhook, { url: server.url, ca: files.otherCa });
  const untrusted =
    /^the server's certificate is not trusted \(.*\): name the file of its authority in the delivery's ca$/;
  await t.rejects(stranger.deliver(fakeItem(t), never), { name: 'TemporaryError', message: untrusted });
  const unknown = await createTarget(webhook, { url: server.url });
  await t.rejects(unknown.deliver(fakeItem(t), never), { name: 'TemporaryError', message: untrusted });
  t.equal(server.requests.length, 1);
});

t.test('user and password of the URL are sent, and stand in no reason', async (t) => {
  const { server } = await open(t);
  const target = await createTarget(webhook, { url: server.url.replace('//', '//alice:wonder@') });
  await target.deliver(fakeItem(t), never);
  t.equal(server.requests[0]?.headers.authorization, `Basic ${Buffer.from('alice:wonder').toString('base64')}`);
  await server.close();
  const failure = await target.deliver(fakeItem(t), never).catch((error: unknown) => error);
  t.notMatch(String(failure), /wonder/);
});

t.test("python's http.server takes it", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const script = `
import http.server, hmac, hashlib
class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        good = 'sha256=' + hmac.new(b'key', body, hashlib.sha256).hexdigest() == self.headers['X-Portico-Signature']
        print('got', len(body), good, self.headers['X-Portico-Name'], flush=True)
        self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Hook)
print('port', server.server_port, flush=True)
server.serve_forever()
`;
  const peer = startPeer(t, [python, '-c', script]);
  const [, port] = await peer.says(/port (\d+)/);
  const target = await createTarget(webhook, { url: `http://127.0.0.1:${port}/`, secret: 'key' });
  t.teardown(() => target.stop?.());
  await target.deliver(fakeItem(t), never);
  await peer.says(/got 25 True report\.pdf/);
});

t.test('who listens but never answers is left at the abort', async (t) => {
  const { target, server } = await open(t, {}, { answer() {} });
  const controller = new AbortController();
  const delivery = target.deliver(fakeItem(t), controller.signal);
  while (server.requests.length === 0) await new Promise(setImmediate);
  controller.abort(new Error('time is up'));
  await t.rejects(delivery, { message: 'time is up' });
});
