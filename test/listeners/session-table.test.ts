import t from 'tap';

import { createSessionTable } from '../../src/listeners/session-table.ts';
import type { LiveSession } from '../../src/listeners/session.ts';

const sessionOf = (id: string): LiveSession => ({ id, place: -1 }) as LiveSession;

t.test('finds a session as long as it is there', async (t) => {
  const table = createSessionTable();
  const [a, b] = [sessionOf('a'), sessionOf('b')];
  table.add(a);
  table.add(b);
  t.equal(table.size, 2);
  t.equal(table.get('b'), b);
  t.equal(table.get('c'), undefined);
  table.delete(b);
  t.equal(table.size, 1);
  t.equal(table.get('b'), undefined);
});
