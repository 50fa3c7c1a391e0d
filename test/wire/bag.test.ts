import t from 'tap';

import { createBag, type Kept } from '../../src/wire/bag.ts';

interface Named extends Kept {
  readonly name: string;
}

const named = (name: string): Named => ({ name, place: -1 });

t.test('keeps what came and did not leave', async (t) => {
  const bag = createBag<Named>();
  const [a, b, c] = [named('a'), named('b'), named('c')];
  for (const one of [a, b, c]) bag.add(one);
  t.equal(bag.size, 3);
  bag.delete(a);
  t.same(new Set(bag.values()), new Set([b, c]));
  const visited: Named[] = [];
  bag.each((one) => visited.push(one));
  t.same(visited, bag.values());
  bag.delete(c);
  t.same(bag.values(), [b]);
  bag.delete(b);
  t.equal(bag.size, 0);
});

t.test('what left, or never came, cannot leave again', async (t) => {
  const bag = createBag<Named>();
  const [a, b] = [named('a'), named('b')];
  bag.add(a);
  bag.add(b);
  bag.delete(a);
  bag.delete(a);
  bag.delete(named('c'));
  t.same(bag.values(), [b]);
});

t.test('may change while someone goes through it', async (t) => {
  const bag = createBag<Named>();
  for (const name of ['a', 'b', 'c']) bag.add(named(name));
  const seen: string[] = [];
  for (const one of bag.values()) {
    seen.push(one.name);
    bag.delete(one);
  }
  t.same(seen, ['a', 'b', 'c']);
  t.equal(bag.size, 0);
});
