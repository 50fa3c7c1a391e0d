import t from 'tap';

import { serveMethods } from './rpc.ts';

t.test('listMethods, methodSignature, methodHelp', async (t) => {
  const { call } = await serveMethods(t, {
    typed: { signature: [['int', 'int'], ['nil']], help: '  What it is for.\n', call: () => {} },
    plain: () => {},
  });
  t.same(await call('system.listMethods'), [
    'm.plain',
    'm.typed',
    'system.getCapabilities',
    'system.listMethods',
    'system.methodHelp',
    'system.methodSignature',
    'system.multicall',
  ]);
  t.same(await call('system.methodSignature', 'm.typed'), [['int', 'int'], ['nil']]);
  t.equal(await call('system.methodSignature', 'm.plain'), 'undef');
  t.equal(await call('system.methodHelp', 'm.typed'), 'What it is for.');
  t.equal(await call('system.methodHelp', 'm.plain'), '');
  t.same(await call('system.methodHelp', 'm.none'), [-32601, 'no method of that name']);
  t.match(await call('system.methodSignature', 1), [-32602]);
});

t.test('getCapabilities', async (t) => {
  const { call } = await serveMethods(t, { plain: () => {} });
  const names = ['xmlrpc', 'faults_interop', 'system.multicall', 'introspection', 'nil', 'json-rpc'];
  t.same(Object.keys((await call('system.getCapabilities')) as object), names);
  const bare = await serveMethods(t, { plain: () => {} }, { introspection: false });
  t.same(
    Object.keys((await bare.call('system.getCapabilities')) as object),
    names.filter((name) => name !== 'introspection'),
  );
});

t.test('multicall: results in order, and a fault where one failed', async (t) => {
  const order: number[] = [];
  const { call, context } = await serveMethods(t, {
    async say(number: number) {
      order.push(number);
      return number;
    },
    boom: () => {
      throw new Error('secret');
    },
    nan: () => Number.NaN,
  });
  const answer = await call('system.multicall', [
    { methodName: 'm.say', params: [1] },
    { methodName: 'm.boom', params: [] },
    { methodName: 'm.none', params: [] },
    { methodName: 'm.say', params: [] },
    { methodName: 'm.nan', params: [] },
    { methodName: 'system.multicall', params: [[]] },
    { methodName: 'm.say' },
    'nonsense',
    { methodName: 'm.say', params: [2] },
  ]);
  const failed = /^method failed \(session \w{12}\)$/;
  t.match(answer, [
    [1],
    { faultCode: -32500, faultString: failed },
    { faultCode: -32601, faultString: 'no method "m.none"' },
    { faultCode: -32602, faultString: 'm.say: expected 1 parameters, got 0' },
    { faultCode: -32500, faultString: failed },
    { faultCode: -32600, faultString: 'system.multicall cannot call itself' },
    { faultCode: -32602, faultString: 'system.multicall: expected a struct of methodName and params' },
    { faultCode: -32602, faultString: 'system.multicall: expected a struct of methodName and params' },
    [2],
  ]);
  t.same(order, [1, 2]);
  t.equal(context.logs.length, 2);
});

t.test('what multicall gathers has a limit, and past it nothing more is called', async (t) => {
  let calls = 0;
  const { call } = await serveMethods(t, {
    text() {
      calls += 1;
      return 'x'.repeat(12_000_000);
    },
  });
  const five = Array.from({ length: 5 }, () => ({ methodName: 'm.text', params: [] }));
  t.match(await call('system.multicall', five), [-32500, /^method failed \(session \w{12}\)$/]);
  t.equal(calls, 3);
});

t.test('multicall has a limit', async (t) => {
  const { call } = await serveMethods(t, { one: () => 1 });
  const calls = (count: number) => Array.from({ length: count }, () => ({ methodName: 'm.one', params: [] }));
  t.equal(((await call('system.multicall', calls(1_000))) as unknown[]).length, 1_000);
  t.same(await call('system.multicall', calls(1_001)), [-32602, 'system.multicall: expected at most 1000 calls']);
});
