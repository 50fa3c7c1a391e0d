import t from 'tap';

import { createGroupCommit } from '../../src/system/group-commit.ts';

interface Batch {
  readonly items: readonly string[];
  readonly done: PromiseWithResolvers<void>;
}

/** A commit whose batches end when the test says so. */
function setUp(more: { maxWeight?: number; weightOf?: (item: string) => number } = {}) {
  const batches: Batch[] = [];
  const commit = createGroupCommit<string>({
    run(items) {
      const done = Promise.withResolvers<void>();
      batches.push({ items, done });
      return done.promise;
    },
    ...more,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { batches, commit, turn };
}

t.test('one at a time; who comes meanwhile waits together for the next', async (t) => {
  const { batches, commit, turn } = setUp();
  const first = [commit('a'), commit('b')];
  await turn();
  const second = [commit('c'), commit('d'), commit('e')];
  await turn();
  t.same(
    batches.map(({ items }) => items),
    [['a', 'b']],
  );
  batches[0]?.done.resolve();
  await Promise.all(first);
  await turn();
  t.same(batches[1]?.items, ['c', 'd', 'e']);
  batches[1]?.done.resolve();
  await Promise.all(second);
  t.equal(batches.length, 2);
});

t.test('a batch that fails, fails for all of it and for nobody else', async (t) => {
  const { batches, commit, turn } = setUp();
  const first = [commit('a'), commit('b')];
  await turn();
  const second = commit('c');
  batches[0]?.done.reject(new Error('the disk is gone'));
  for (const each of first) await t.rejects(each, { message: 'the disk is gone' });
  await turn();
  batches[1]?.done.resolve();
  await second;
});

t.test('a batch has its weight: at the limit, and past it', async (t) => {
  const { batches, commit, turn } = setUp({ maxWeight: 5, weightOf: (item) => item.length });
  const all = ['aa', 'bbb', 'c', 'dddddddd', 'e'].map(commit);
  for (let at = 0; at < 4; at += 1) {
    await turn();
    batches[at]?.done.resolve();
  }
  await Promise.all(all);
  t.same(
    batches.map(({ items }) => items),
    [['aa', 'bbb'], ['c'], ['dddddddd'], ['e']],
  );
});
