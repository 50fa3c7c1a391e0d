import t from 'tap';

import { createSessionTable } from '../../src/listeners/session-table.ts';
import type { LiveSession } from '../../src/listeners/session.ts';

const sessionOf = (id: string): LiveSession => ({ id, place: -1 }) as LiveSession;

t.test('keeps who came and did not leave', async (t) => {
  const table = createSessionTable();
  const [a, b, c] = [sessionOf('a'), sessionOf('b'), sessionOf('c')];
  for (const session of [a, b, c]) table.add(session);
  t.equal(table.size, 3);
  t.equal(table.get('b'), b);
  table.delete(a);
  t.same(
    table
      .values()
      .map(({ id }) => id)
      .toSorted(),
    ['b', 'c'],
  );
  table.delete(c);
  table.delete(b);
  t.equal(table.size, 0);
  t.equal(table.get('b'), undefined);
});

t.test('who left, or never came, cannot leave again', async (t) => {
  const table = createSessionTable();
  const [a, b, stranger] = [sessionOf('a'), sessionOf('b'), sessionOf('c')];
  table.add(a);
  table.add(b);
  table.delete(a);
  table.delete(a);
  table.delete(stranger);
  t.same(table.values(), [b]);
});

t.test('may change while someone goes through it', async (t) => {
  const table = createSessionTable();
  for (const id of ['a', 'b', 'c']) table.add(sessionOf(id));
  const seen: string[] = [];
  for (const session of table.values()) {
    seen.push(session.id);
    table.delete(session);
  }
  t.same(seen, ['a', 'b', 'c']);
  t.equal(table.size, 0);
});
