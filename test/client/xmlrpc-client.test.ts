import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';

import t, { type Test } from 'tap';

import { createXmlRpcClient, type XmlRpcClient, type XmlRpcClientOptions } from '../../src/client/xmlrpc-client.ts';
import { XmlRpcFault } from '../../src/contract/rpc.ts';
import { createCallReader, type RpcCall } from '../../src/wire/xmlrpc/call.ts';
import { writeFault, writeResponse } from '../../src/wire/xmlrpc/write.ts';

type Answer = (call: RpcCall, response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers with whatever the test says, and a client of it. */
async function connect(
  t: Test,
  answer: Answer,
  options: Partial<XmlRpcClientOptions> = {},
): Promise<XmlRpcClient & { readonly url: string }> {
  const server = createServer((request, response) => {
    const reader = createCallReader();
    request.on('data', reader.write);
    request.on('end', () => answer(reader.end(), response, request));
  });
  server.listen(options.socketPath ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address() as AddressInfo | string;
  const url =
    options.socketPath === undefined ? `http://127.0.0.1:${(address as AddressInfo).port}/RPC2` : 'http://local/RPC2';
  const client = createXmlRpcClient({ url, ...options });
  t.teardown(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { ...client, url };
}

const say =
  (value: unknown): Answer =>
  (_call, response) =>
    void response.setHeader('Content-Type', 'text/xml').end(writeResponse(value));

t.test('sends a call and gives its result', async (t) => {
  const client = await connect(t, ({ method, params }, response, request) =>
    response.end(writeResponse([method, params, request.headers['content-type'], request.url])),
  );
  t.strictSame(await client.call('a.b', 1, 'é', [null]), ['a.b', [1, 'é', [null]], 'text/xml; charset=utf-8', '/RPC2']);
});

t.test('a fault rejects with its code and message', async (t) => {
  const client = await connect(t, (_call, response) => response.end(writeFault(4, 'Too many parameters.')));
  await t.rejects(client.call('m'), { name: 'XmlRpcFault', code: 4, message: 'Too many parameters.' });
  t.ok((await client.call('m').catch((error: unknown) => error)) instanceof XmlRpcFault);
});

t.test('types of its methods', async (t) => {
  interface Methods {
    'math.add'(a: number, b: number): number;
    later(): Promise<string>;
  }
  const { url } = await connect(t, say(5));
  const client = createXmlRpcClient<Methods>({ url });
  t.teardown(() => client.close());
  const sum: number = await client.call('math.add', 2, 3);
  t.equal(sum, 5);
  // @ts-expect-error -- a string is no number
  await client.call('math.add', 'x', 3);
  // @ts-expect-error -- no such method
  await client.call('math.sub', 2, 3);
});

t.test('calls share connections', async (t) => {
  const ports = new Set<number | undefined>();
  const client = await connect(t, (_call, response, { socket }) => {
    ports.add(socket.remotePort);
    response.end(writeResponse(true));
  });
  for (let count = 0; count < 3; count += 1) await client.call('m');
  t.equal(ports.size, 1);
});

t.test('logs in as the account, of the options or of the URL, and shows it to nobody else', async (t) => {
  const tell: Answer = (_call, response, { headers, url }) =>
    response.end(writeResponse([headers.authorization ?? null, url]));
  const given = await connect(t, tell, { account: { name: 'alice', password: 'pässwörd:1' } });
  t.same(await given.call('m'), [`Basic ${Buffer.from('alice:pässwörd:1').toString('base64')}`, '/RPC2']);
  const inUrl = createXmlRpcClient({ url: given.url.replace('//', '//bob:s%3Acret@') });
  t.teardown(() => inUrl.close());
  t.same(await inUrl.call('m'), [`Basic ${Buffer.from('bob:s:cret').toString('base64')}`, '/RPC2']);
  const lost = createXmlRpcClient({ url: 'http://bob:secret@127.0.0.1:1/RPC2' });
  await t.rejects(lost.call('m'), { message: /^http:\/\/127\.0\.0\.1:1\/RPC2: .*ECONNREFUSED/ });
  t.throws(() => createXmlRpcClient({ url: 'http://x/', account: { name: 'a:b', password: '' } }), {
    message: 'expected the name of an account without a colon',
  });
});

t.test('headers of its own', async (t) => {
  const client = await connect(
    t,
    (_call, response, { headers }) => response.end(writeResponse([headers['user-agent'], headers['x-own']])),
    { headers: { 'User-Agent': 'own/1', 'X-Own': 'yes' } },
  );
  t.same(await client.call('m'), ['own/1', 'yes']);
});

t.test('over a unix socket', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const client = await connect(t, say('here'), { socketPath: join(folder, 'rpc.sock') });
  t.equal(await client.call('m'), 'here');
});

t.test('gives up after its time', async (t) => {
  const client = await connect(t, () => {}, { timeoutMs: 50 });
  await t.rejects(client.call('m'), { name: 'Error', message: `${client.url}: no answer within 50 ms` });
  const slow = await connect(t, (_call, response) => void response.write('<'), { timeoutMs: 50 });
  await t.rejects(slow.call('m'), { message: /no answer within 50 ms$/ });
});

t.test('follows no redirect, and takes nothing but a 200', async (t) => {
  let count = 0;
  const client = await connect(t, (_call, response) => {
    count += 1;
    response.writeHead(307, { Location: '/elsewhere' }).end();
  });
  await t.rejects(client.call('m'), { message: /RPC2: expected the status 200, got 307$/ });
  t.equal(count, 1);
});

t.test('an answer has a length that it may have', async (t) => {
  const text = writeResponse('x'.repeat(1_000));
  const exact = await connect(t, (_call, response) => response.end(text), { maxReplyBytes: text.length });
  t.equal(await exact.call('m'), 'x'.repeat(1_000));
  const short = await connect(t, (_call, response) => response.end(text), { maxReplyBytes: text.length - 1 });
  await t.rejects(short.call('m'), { message: `${short.url}: the answer is longer than ${text.length - 1} bytes` });
});

t.test('limits of what is in it', async (t) => {
  const client = await connect(t, say([1, [2]]), { limits: { depth: 2 } });
  await t.rejects(client.call('m'), { message: /values stand more than 2 deep in each other$/ });
});

t.test('what is no answer is an error that names the URL', async (t) => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['<html>', /: not well-formed: /],
    ['<html/>', /: not XML-RPC: expected a methodResponse, got <html>$/],
    ['<methodResponse><params/></methodResponse>', /: expected one result, got 0$/],
  ];
  for (const [text, message] of cases) {
    const client = await connect(t, (_call, response) => response.end(text));
    await t.rejects(client.call('m'), { name: 'Error', message });
  }
  const cut = await connect(t, (_call, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('<methodResponse>');
    setImmediate(() => response.destroy());
  });
  await t.rejects(cut.call('m'), { message: /RPC2: / });
});

t.test('what cannot be sent is refused before anything is', async (t) => {
  const client = await connect(t, () => t.fail('nothing comes'));
  await t.rejects(client.call('m', Number.NaN), { name: 'RangeError', message: 'XML-RPC cannot carry NaN' });
});

t.test('several calls in one request', async (t) => {
  const client = await connect(t, ({ method, params }, response) => {
    t.match(
      [method, params],
      [
        'system.multicall',
        [
          [
            { methodName: 'a', params: [1] },
            { methodName: 'b', params: [] },
          ],
        ],
      ],
    );
    response.end(writeResponse([['one'], { faultCode: 2, faultString: 'two' }]));
  });
  const results = await client.callAll([['a', 1], ['b']]);
  t.equal(results[0], 'one');
  t.match(results[1], { name: 'XmlRpcFault', code: 2, message: 'two' });
  const wrong = await connect(t, say([]));
  await t.rejects(wrong.callAll([['a']]), { message: /expected 1 results of system.multicall$/ });
});

t.test('takes http and https only', async (t) => {
  t.throws(() => createXmlRpcClient({ url: 'ftp://127.0.0.1/' }), {
    message: 'expected an http or https URL, got one that begins with "ftp:"',
  });
  t.throws(() => createXmlRpcClient({ url: 'nonsense' }), { code: 'ERR_INVALID_URL' });
});
