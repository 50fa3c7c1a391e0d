import t from 'tap';

import { loadMethods } from '../../../../src/services/http/xmlrpc/load-methods.ts';

const call = (): number => 1;

async function namesOf(exported: Record<string, unknown>, prefix = 'm'): Promise<string[]> {
  return [...(await loadMethods({ [prefix]: '/m.ts' }, async () => exported)).keys()];
}

t.test('named exports, or the members of the default export', async (t) => {
  t.same(await namesOf({ add: call, sub: { call } }), ['m.add', 'm.sub']);
  t.same(await namesOf({ default: { add: call }, other: call }), ['m.add']);
  t.same(await namesOf({ default: { 'deep.name': call } }), ['m.deep.name']);
  t.same(await namesOf({ default: call, add: call }), ['m.add'], 'a default export that is a function has no name');
});

t.test('without a prefix', async (t) => {
  t.same(await namesOf({ add: call }, '.'), ['add']);
  await t.rejects(namesOf({ default: { 'system.listMethods': call } }, '.'), /another name than system.listMethods/);
});

t.test('what is no function, a class, or begins with an underscore is no method', async (t) => {
  t.same(
    await namesOf({
      add: call,
      limit: 5,
      Thing: class {
        readonly own = 1;
      },
      _own: call,
      nothing: null,
      list: [call],
    }),
    ['m.add'],
  );
});

t.test('says what is wrong with a module', async (t) => {
  const cases: readonly (readonly [exported: Record<string, unknown>, message: string])[] = [
    [{}, '/m.ts: expected exported functions, or a default export with them'],
    [{ default: {} }, '/m.ts: expected exported functions, or a default export with them'],
    [{ a: { help: 'x' } }, '/m.ts: m.a: expected a function, or an object with a function "call"'],
    [{ 'a b': call }, '/m.ts: expected a name of letters, digits, "_", ".", ":" and "/", got "m.a b"'],
  ];
  for (const [exported, message] of cases) await t.rejects(namesOf(exported), { message });
  await t.rejects(
    loadMethods({ a: '/m.ts' }, async () => {
      throw new Error('cannot load /m.ts: not today');
    }),
    { message: 'cannot load /m.ts: not today' },
  );
});

t.test('two modules cannot have a method of the same name', async (t) => {
  const load = async (path: string): Promise<Record<string, unknown>> =>
    path === '/one.ts' ? { default: { 'b.c': call } } : { c: call };
  await t.rejects(loadMethods({ a: '/one.ts', 'a.b': '/two.ts' }, load), {
    message: '/two.ts: the method a.b.c is there already',
  });
});
