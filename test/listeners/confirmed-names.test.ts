import { mock } from 'node:test';

import t from 'tap';

import { createConfirmedNames, type NameResolver } from '../../src/listeners/confirmed-names.ts';

interface FakeResolver extends NameResolver {
  readonly asked: string[];
}

/** A resolver that knows these zones. */
function createFakeResolver(
  reverse: Readonly<Record<string, string[]>>,
  forward: Readonly<Record<string, string[]>>,
): FakeResolver {
  const asked: string[] = [];
  const find = (zone: Readonly<Record<string, string[]>>, key: string): string[] => {
    asked.push(key);
    const found = zone[key];
    if (found === undefined) throw Object.assign(new Error(`ENOTFOUND ${key}`), { code: 'ENOTFOUND' });
    return found;
  };
  return {
    asked,
    reverse: async (address) => find(reverse, address),
    lookup: async (name) => find(forward, name).map((address) => ({ address })),
  };
}

t.test('a name whose forward lookup leads back is confirmed, in lower case and without a dot at its end', async (t) => {
  const names = createConfirmedNames(
    createFakeResolver({ '192.0.2.1': ['WWW.Example.com.'] }, { 'WWW.Example.com.': ['198.51.100.9', '192.0.2.1'] }),
  );
  t.same(await names('192.0.2.1'), ['www.example.com']);
});

t.test('a name that whoever runs the reverse zone has invented is not', async (t) => {
  const names = createConfirmedNames(
    createFakeResolver(
      { '192.0.2.66': ['www.example.com', 'own.test', 'nowhere.test'] },
      { 'www.example.com': ['192.0.2.1'], 'own.test': ['192.0.2.66'] },
    ),
  );
  t.same(await names('192.0.2.66'), ['own.test']);
});

t.test('an address without a name has none, nor has one that is no address', async (t) => {
  const names = createConfirmedNames(createFakeResolver({}, {}));
  t.same(await names('192.0.2.1'), []);
  t.same(await names(''), []);
});

t.test('of very many names only the first eight are looked at', async (t) => {
  const many = Array.from({ length: 9 }, (_, index) => `n${index + 1}.test`);
  const resolver = createFakeResolver(
    { '192.0.2.1': many },
    Object.fromEntries(many.map((name) => [name, ['192.0.2.1']])),
  );
  t.equal((await createConfirmedNames(resolver)('192.0.2.1')).length, 8);
  t.notOk(resolver.asked.includes('n9.test'));
});

t.test('who asks twice causes one lookup', async (t) => {
  const resolver = createFakeResolver({ '192.0.2.1': ['a.test'] }, { 'a.test': ['192.0.2.1'] });
  const names = createConfirmedNames(resolver);
  const both = await Promise.all([names('192.0.2.1'), names('192.0.2.1')]);
  t.same([...both, await names('192.0.2.1')], [['a.test'], ['a.test'], ['a.test']]);
  t.same(resolver.asked, ['192.0.2.1', 'a.test']);
});

t.test('no more than 4096 addresses are kept', async (t) => {
  const resolver = createFakeResolver({}, {});
  const names = createConfirmedNames(resolver);
  for (let index = 0; index < 4096; index++) await names(`10.0.${index >> 8}.${index & 255}`);
  await names('10.0.0.0');
  t.equal(resolver.asked.length, 4096, 'the last that fits pushes nobody out');
  await names('10.1.0.0');
  await names('10.0.0.0');
  t.equal(resolver.asked.length, 4098, 'the next one does');
});

t.test('a resolver that hangs costs three seconds, and what it says later is not needed', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const answer = Promise.withResolvers<string[]>();
  const names = createConfirmedNames({ reverse: () => answer.promise, lookup: async () => [] });
  let found: readonly string[] | undefined;
  const asked = names('192.0.2.1').then((result) => (found = result));
  mock.timers.tick(2_999);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(found, undefined);
  mock.timers.tick(1);
  t.same(await asked, []);
  answer.reject(new Error('SERVFAIL'));
});

t.test('a failure is forgotten after five seconds, that there is no name after five minutes', async (t) => {
  let now = 0;
  const clock = mock.method(performance, 'now', () => now);
  t.teardown(() => clock.mock.restore());
  for (const [code, kept, gone] of [
    ['ESERVFAIL', 4_999, 5_000],
    ['ENOTFOUND', 299_999, 300_000],
  ] as const) {
    now = 0;
    let asked = 0;
    const names = createConfirmedNames({
      reverse: () => Promise.reject(Object.assign(new Error(code), { code, asked: ++asked })),
      lookup: () => Promise.resolve([]),
    });
    t.same(await names('192.0.2.1'), []);
    now = kept;
    await names('192.0.2.1');
    t.equal(asked, 1, `${code} is known after ${kept} ms`);
    now = gone;
    await names('192.0.2.1');
    t.equal(asked, 2, `${code} is looked up again after ${gone} ms`);
  }
});
