import t from 'tap';

import { createConnectionTable } from '../../../src/services/http/connection-table.ts';
import type { Connection } from '../../../src/services/http/connection.ts';

const connectionOf = (name: string): Connection => ({ name, place: -1 }) as unknown as Connection;

t.test('keeps who came and did not leave', async (t) => {
  const table = createConnectionTable();
  const [a, b, c] = [connectionOf('a'), connectionOf('b'), connectionOf('c')];
  for (const connection of [a, b, c]) table.add(connection);
  table.delete(a);
  t.same(new Set(table.values()), new Set([b, c]));
  table.delete(c);
  t.same(table.values(), [b]);
  table.delete(b);
  t.same(table.values(), []);
});

t.test('who left, or never came, cannot leave again', async (t) => {
  const table = createConnectionTable();
  const [a, b] = [connectionOf('a'), connectionOf('b')];
  table.add(a);
  table.add(b);
  table.delete(a);
  table.delete(a);
  table.delete(connectionOf('c'));
  t.same(table.values(), [b]);
});

t.test('may change while someone goes through it', async (t) => {
  const table = createConnectionTable();
  for (const name of ['a', 'b', 'c']) table.add(connectionOf(name));
  let seen = 0;
  for (const connection of table.values()) {
    table.delete(connection);
    seen += 1;
  }
  t.equal(seen, 3);
  t.same(table.values(), []);
});
