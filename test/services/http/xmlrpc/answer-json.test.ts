import t from 'tap';

import { serveMethods } from './rpc.ts';

const error = (code: number, message: string | RegExp, id: unknown = null) => ({
  jsonrpc: '2.0',
  error: { code, message },
  id,
});
const request = (method: string, params?: unknown, id?: unknown) => ({ jsonrpc: '2.0', method, params, id });

t.test('the codes of JSON-RPC', async (t) => {
  const { json, post, context } = await serveMethods(t, {
    add: (a: number, b: number) => a + b,
    boom: () => {
      throw new Error('secret');
    },
  });
  const raw = async (body: string | Buffer): Promise<unknown> =>
    (await post(body, { 'Content-Type': 'application/json' })).json();
  t.same(await raw('{"jsonrpc": "2.0", "method'), error(-32700, 'not JSON'));
  t.same(await raw(Buffer.from('"\xff"', 'latin1')), error(-32700, 'not JSON: not utf-8'));
  t.same(await raw(''), error(-32700, 'not JSON'));
  t.same(await raw('['.repeat(100) + ']'.repeat(100)), error(-32600, 'values stand more than 64 deep in each other'));
  t.same(await json(1), error(-32600, 'expected a request of JSON-RPC 2.0'));
  t.same(await json({ method: 'm.add', params: [], id: 1 }), error(-32600, 'expected a request of JSON-RPC 2.0', 1));
  t.same(await json({ jsonrpc: '2.0', method: 1, id: {} }), error(-32600, 'expected a request of JSON-RPC 2.0'));
  t.same(await json(request('m.none', [], 1)), error(-32601, 'no method "m.none"', 1));
  t.same(await json(request('m.add', [1], null)), error(-32602, 'm.add: expected 2 parameters, got 1'));
  t.same(await json(request('m.add', { a: 1 }, 1)), error(-32602, 'expected parameters by position, in an array', 1));
  t.same(await json(request('m.add', 'x', 1)), error(-32600, 'expected parameters in an array', 1));
  t.match(await json(request('m.boom', [], 1)), error(-32603, /^method failed \(session \w{12}\)$/, 1));
  t.equal(context.logs.length, 1);
});

t.test('batches', async (t) => {
  const said: unknown[] = [];
  const { json } = await serveMethods(t, { say: (value: unknown) => said.push(value) });
  t.same(
    await json([request('m.say', ['a'], 1), request('m.say', ['b']), 1, request('m.none', [], 'x'), request('m.none')]),
    [
      { jsonrpc: '2.0', result: 1, id: 1 },
      error(-32600, 'expected a request of JSON-RPC 2.0'),
      error(-32601, 'no method "m.none"', 'x'),
    ],
  );
  t.same(said, ['a', 'b']);
  t.equal(await json([request('m.say', ['c']), request('m.none')]), 204, 'nothing but notifications');
  t.same(await json([]), error(-32600, 'expected a batch of 1 to 1000 requests'));
  const many = (count: number) => Array.from({ length: count }, (_, id) => request('m.say', [1], id));
  t.equal(((await json(many(1_000))) as unknown[]).length, 1_000);
  t.same(await json(many(1_001)), error(-32600, 'expected a batch of 1 to 1000 requests'));
});

// Regression: 500 calls of a method that gives 1 MB made an answer of 500 MB.
t.test('the answers to a batch have a limit together', async (t) => {
  let calls = 0;
  const { json } = await serveMethods(t, {
    text(length: number) {
      calls += 1;
      return 'x'.repeat(length);
    },
  });
  // With an id of one digit, each answer has 36 characters beside the text; the limit is 2 × 16,777,216.
  const atLimit = await json([request('m.text', [16_777_180], 1), request('m.text', [16_777_180], 2)]);
  t.equal((atLimit as unknown[]).length, 2);
  const past = [request('m.text', [16_777_180], 1), request('m.text', [16_777_181], 2), request('m.text', [1], 3)];
  t.same(
    await json(past),
    error(-32603, 'the answers have more than 33554432 characters together: no more of the batch was called'),
  );
  t.equal(calls, 4);
});

// Regression: bodies in pieces of one byte took hundreds of times their size.
t.test('a body may come byte by byte', async (t) => {
  const { url } = await serveMethods(t, { add: (a: number, b: number) => a + b });
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of Buffer.from('{"jsonrpc":"2.0","method":"m.add","params":[1,2],"id":7}'))
        controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const init = { method: 'POST', body, duplex: 'half' as const, headers: { 'Content-Type': 'application/json' } };
  t.same(await (await fetch(url, init)).json(), { jsonrpc: '2.0', result: 3, id: 7 });
});

t.test('ids and integers keep all their digits', async (t) => {
  const { post } = await serveMethods(t, { echo: (value: unknown) => value });
  const response = await post(
    '{"jsonrpc":"2.0","method":"m.echo","params":[9007199254740993],"id":12345678901234567890}',
    {
      'Content-Type': 'application/json',
    },
  );
  t.equal(await response.text(), '{"jsonrpc":"2.0","result":9007199254740993,"id":12345678901234567890}');
});
