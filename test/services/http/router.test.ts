import t from 'tap';

import { createRouter } from '../../../src/services/http/router.ts';

t.test('the longest prefix wins', async (t) => {
  const prefixes = ['/', '/a/', '/a/b', '/rpc', '/rpc/deep/', '/only/here/'];
  const router = createRouter(new Map(prefixes.map((prefix) => [prefix, prefix])));
  const cases: readonly (readonly [path: string, entry: string, rest: string])[] = [
    ['/', '/', ''],
    ['/x', '/', 'x'],
    ['/x/y/', '/', 'x/y/'],
    ['/a/', '/a/', ''],
    ['/a/x', '/a/', 'x'],
    ['/a/b', '/a/b', ''],
    ['/a/b/', '/a/b', ''],
    ['/a/b/c', '/a/b', 'c'],
    ['/a/bc', '/a/', 'bc'],
    ['/rpc', '/rpc', ''],
    ['/rpcx', '/', 'rpcx'],
    ['/rpc/x', '/rpc', 'x'],
    ['/rpc/deep/x', '/rpc/deep/', 'x'],
    ['//a/x', '/', '/a/x'],
  ];
  for (const [path, entry, rest] of cases) t.same(router.find(path), { entry, rest }, path);
  for (const path of ['/a', '/rpc/deep', '/only/here']) t.equal(router.find(path), 'slash', path);
});

t.test('finds nothing where nothing is', async (t) => {
  const router = createRouter(new Map([['/a/', 1]]));
  t.equal(router.find('/'), null);
  t.equal(router.find('/ab'), null);
  t.equal(router.find('/A/'), null);
});
