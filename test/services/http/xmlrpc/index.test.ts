import { once } from 'node:events';
import { request } from 'node:http';

import t from 'tap';

import { XmlRpcFault, type RpcContext } from '../../../../src/contract/rpc.ts';
import { xmlrpcRouteOptions } from '../../../../src/services/http/xmlrpc/options.ts';
import { writeCall } from '../../../../src/wire/xmlrpc/write.ts';
import { readAnswer, serveMethods } from './rpc.ts';

const add = (a: number, b: number): number => a + b;
const whole = (value: string): string =>
  `<methodCall><methodName>m.add</methodName><params><param>${value}</param></params></methodCall>`;

t.test('a function is called with the parameters in their order', async (t) => {
  const { call } = await serveMethods(t, { sub: (a: number, b: number) => a - b });
  t.equal(await call('m.sub', 5, 3), 2);
});

t.test('an answer is text/xml, of known length, on a connection that stays', async (t) => {
  const { post } = await serveMethods(t, { hello: async () => 'é' });
  const response = await post('<methodCall><methodName>m.hello</methodName></methodCall>');
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-type'), 'text/xml; charset=utf-8');
  t.equal(response.headers.get('connection'), 'keep-alive');
  const text = await response.text();
  t.equal(Number(response.headers.get('content-length')), Buffer.byteLength(text));
  t.match(text, '<value><string>é</string></value>');
});

t.test('each fault has its code, and the status 200', async (t) => {
  const { post, call, context } = await serveMethods(t, {
    add,
    typed: { signature: ['int', 'int'], call: (a: number) => a },
    fault: () => {
      throw new XmlRpcFault(42, 'for <you>');
    },
    foreign: () => {
      throw Object.assign(new Error('from another copy'), { name: 'XmlRpcFault', code: 43 });
    },
    wrongFault: () => {
      throw Object.assign(new Error('secret'), { name: 'XmlRpcFault', code: 'x' });
    },
    boom: async () => {
      throw new Error('secret');
    },
    nan: () => Number.NaN,
  });
  const raw = async (body: string): Promise<unknown> => {
    const response = await post(body);
    t.equal(response.status, 200);
    return ((await readAnswer(response)) as unknown[])[0];
  };
  t.equal(await raw('<methodCall>'), -32700);
  t.equal(await raw('<html/>'), -32600);
  t.equal(await raw('<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>&b;</methodName></methodCall>'), -32600);
  t.equal(await raw(whole('<value><int>x</int></value>')), -32600);
  t.same(await call('add', 1, 2), [-32601, 'no method "add"']);
  t.same(await call('m.toString'), [-32601, 'no method "m.toString"']);
  t.same(await call('m.add', 1), [-32602, 'm.add: expected 2 parameters, got 1']);
  t.same(await call('m.typed', 'x'), [-32602, 'm.typed: expected (int), got (string)']);
  t.same(await call('m.fault'), [42, 'for <you>']);
  t.same(await call('m.foreign'), [43, 'from another copy']);
  t.same(context.logs, [], 'none of them is worth a line');
  for (const [method, reason] of [
    ['m.boom', 'secret'],
    ['m.wrongFault', 'secret'],
    ['m.nan', 'XML-RPC cannot carry NaN'],
  ] as const) {
    context.logs.length = 0;
    const [code, message] = (await call(method)) as [number, string];
    t.equal(code, -32500);
    t.match(message, /^method failed \(session \w{12}\)$/);
    t.match(context.logs, [{ severity: 'err', message: `method ${method} failed: ${reason}`, fields: { method } }]);
    t.equal(context.logs.length, 1, 'one line');
  }
});

t.test(
  'a result has the type that its signature promises, also among others; one that does not fit is a fault',
  async (t) => {
    const { post, call, context } = await serveMethods(t, {
      add: { signature: ['int', 'int', 'int'], call: add },
      divide: { signature: ['double', 'double', 'double'], call: (a: number, b: number) => a / b },
    });
    const divide = await post(writeCall('m.divide', [4, 2]));
    t.match(await divide.text(), '<value><double>2</double></value>');
    const multi = await post(writeCall('system.multicall', [[{ methodName: 'm.divide', params: [4, 2] }]]));
    t.match(await multi.text(), '<value><double>2</double></value>');
    t.same(await call('m.add', 2147483646, 1), 2147483647);
    t.match(await call('m.add', 2147483647, 1), [-32500, /^method failed/]);
    t.match(context.logs, [
      {
        severity: 'err',
        message: 'method m.add failed: the signature promises int, and it gave i8 2147483648',
        fields: { event: 'service.error', method: 'm.add' },
      },
    ]);
  },
);

t.test('`this` tells who calls', async (t) => {
  const { call, context } = await serveMethods(t, {
    who(this: RpcContext) {
      this.log.info('called');
      return [this.method, this.session, this.peer.address, this.account, this.signal.aborted];
    },
  });
  t.match(await call('m.who'), ['m.who', /^\w{12}$/, '127.0.0.1', null, false]);
  t.match(context.logs, [{ severity: 'info', message: 'called' }]);
});

t.test('the account of a route that asks for one', async (t) => {
  const account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };
  const { post } = await serveMethods(
    t,
    {
      who(this: RpcContext) {
        return this.account?.name;
      },
    },
    {
      serve: {
        accounts: 'any',
        authenticate: async (_session: unknown, given: { name: string }) => (given.name === 'alice' ? account : null),
      } as never,
    },
  );
  const body = '<methodCall><methodName>m.who</methodName></methodCall>';
  const as = (name: string) =>
    post(body, { 'Content-Type': 'text/xml', Authorization: `Basic ${Buffer.from(`${name}:x`).toString('base64')}` });
  t.equal((await post(body)).status, 401);
  t.equal((await as('mallory')).status, 401);
  t.equal(await readAnswer(await as('alice')), 'alice');
});

t.test('the signal aborts when the peer leaves', async (t) => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const { url } = await serveMethods(t, {
    async wait(this: RpcContext) {
      this.signal.addEventListener('abort', () => aborted.resolve());
      started.resolve();
      await aborted.promise;
    },
  });
  const leaving = new AbortController();
  const body = '<methodCall><methodName>m.wait</methodName></methodCall>';
  const call = fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' }, signal: leaving.signal });
  await started.promise;
  leaving.abort();
  await t.rejects(call, { name: 'AbortError' });
  await aborted.promise;
});

t.test('only what a browser does not send unasked is a call', async (t) => {
  const { post } = await serveMethods(t, { add });
  const status = async (type: string, more = {}) =>
    (await post(whole('<value/>'), { 'Content-Type': type, ...more })).status;
  t.equal(await status('text/xml; charset="UTF-8"'), 200);
  t.equal(await status('Application/XML'), 200);
  t.equal(await status('text/plain'), 415);
  t.equal(await status('application/x-www-form-urlencoded'), 415);
  t.equal(await status('multipart/form-data; boundary=text/xml'), 415);
  t.equal(await status(''), 415);
  t.equal(await status('text/xml', { 'Content-Encoding': 'gzip' }), 415);
  t.equal(await status('text/xml', { 'Content-Encoding': 'identity' }), 200);
});

t.test('the charset of the content type counts', async (t) => {
  const { post } = await serveMethods(t, { echo: (text: string) => text });
  const document =
    '<methodCall><methodName>m.echo</methodName><params><param><value>\xe9</value></param></params></methodCall>';
  const body = Buffer.from(document, 'latin1');
  t.equal(await readAnswer(await post(body, { 'Content-Type': 'text/xml; charset=iso-8859-1' })), 'é');
  t.match(await readAnswer(await post(body)), [-32700]);
  t.match(await readAnswer(await post(body, { 'Content-Type': 'text/xml; charset=ebcdic' })), [-32701]);
});

t.test('other methods of HTTP, and other paths', async (t) => {
  const { url } = await serveMethods(t, { add });
  const put = await fetch(url, { method: 'PUT' });
  t.equal(put.status, 405);
  t.equal(put.headers.get('allow'), 'GET, HEAD, POST');
  t.equal((await fetch(`${url}/below`)).status, 404);
});

t.test('a GET shows the methods', async (t) => {
  const { url } = await serveMethods(t, { add: { signature: ['int', 'int', 'int'], help: 'a < b & c', call: add } });
  const response = await fetch(url);
  t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  t.match(response.headers.get('content-security-policy'), /^default-src 'none'; style-src 'sha256-/);
  const page = await response.text();
  t.match(page, '<dt>m.add(int, int) → int</dt><dd>a &lt; b &amp; c</dd>');
  t.match(page, 'system.listMethods');
  const head = await fetch(url, { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(page)));
});

t.test('not without documentation', async (t) => {
  const { url, call } = await serveMethods(t, { add }, { documentation: false });
  const response = await fetch(url);
  t.equal(response.status, 405);
  t.equal(response.headers.get('allow'), 'POST');
  t.match(await call('system.listMethods'), ['m.add']);
});

t.test('nor are methods told about without introspection', async (t) => {
  const { call } = await serveMethods(t, { add }, { introspection: false });
  for (const name of ['listMethods', 'methodHelp', 'methodSignature']) {
    t.same(await call(`system.${name}`), [-32601, `no method "system.${name}"`]);
  }
  t.equal(await call('m.add', 1, 2), 3);
});

t.test('a body may be as long as max_body, and no longer', async (t) => {
  const { post, url } = await serveMethods(t, { add }, { max_body: '1KB' });
  const fill = (bytes: number): string => whole('<value/>').padEnd(bytes);
  t.equal((await post(fill(1024))).status, 200);
  t.equal((await post(fill(1025))).status, 413);
  const chunked = async (bytes: number): Promise<number | undefined> => {
    const outgoing = request(url, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, agent: false });
    outgoing.on('error', () => {});
    const response = once(outgoing, 'response') as Promise<[import('node:http').IncomingMessage]>;
    const text = fill(bytes);
    outgoing.write(text.slice(0, 600));
    outgoing.end(text.slice(600));
    const [incoming] = await response;
    incoming.resume();
    return incoming.statusCode;
  };
  t.equal(await chunked(1024), 200);
  t.equal(await chunked(1025), 413);
});

t.test('after a fault the rest of the body is read, so that the connection can go on', async (t) => {
  const { post } = await serveMethods(t, { add });
  const response = await post(`<!DOCTYPE a>${' '.repeat(500_000)}`);
  t.match(await readAnswer(response), [-32600, /document type/]);
  t.equal(response.headers.get('connection'), 'keep-alive');
});

t.test('JSON-RPC 2.0 calls the same methods at the same place', async (t) => {
  const { json, post } = await serveMethods(t, { add, nothing: () => {} });
  t.same(await json({ jsonrpc: '2.0', method: 'm.add', params: [1, 2], id: 7 }), { jsonrpc: '2.0', result: 3, id: 7 });
  t.same(await json({ jsonrpc: '2.0', method: 'm.nothing', id: 'x' }), { jsonrpc: '2.0', result: null, id: 'x' });
  t.equal(await json({ jsonrpc: '2.0', method: 'm.nothing' }), 204);
  const response = await post('{"jsonrpc":"2.0","method":"m.nothing","id":1}', {
    'Content-Type': 'application/json-rpc',
  });
  t.equal(response.headers.get('content-type'), 'application/json');
});

t.test('options', async (t) => {
  const parse = (xmlrpc: unknown): unknown => xmlrpcRouteOptions.parse({ xmlrpc });
  t.same(parse({ methods: { 'a.b': '/m.ts' } }), {
    xmlrpc: {
      methods: { 'a.b': '/m.ts' },
      introspection: true,
      documentation: true,
      max_body: 1024 * 1024,
    },
  });
  t.doesNotThrow(() => parse({ methods: { '.': '/m.ts' } }));
  t.throws(() => parse({ methods: {} }), /expected at least one prefix/);
  t.throws(() => parse({}));
  for (const prefix of ['', 'a b', 'a..b', '.a', 'a.', 'é']) {
    t.throws(() => parse({ methods: { [prefix]: '/m.ts' } }), /expected a prefix such as/, prefix);
  }
  for (const prefix of ['system', 'system.more']) {
    t.throws(() => parse({ methods: { [prefix]: '/m.ts' } }), /are the server's own/, prefix);
  }
  t.doesNotThrow(() => parse({ methods: { systems: '/m.ts' } }));
});
