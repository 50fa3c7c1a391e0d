import t from 'tap';

import type { FailedLogins } from '../../src/contract/store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { scratchFile } from './scratch.ts';

const failed = (source: string, ...times: number[]): FailedLogins => ({
  source,
  times,
  keepMs: 600_000,
  keepCount: 10,
});

t.test('keeps failures over a restart', async (t) => {
  const file = scratchFile(t);
  const first = openStore(file);
  await first.failures.write({ changed: [failed('a', 1, 2), failed('b', 3), failed('c', 4)], gone: [] });
  await first.failures.write({ changed: [failed('a', 1, 2, 5)], gone: ['b', 'x'] });
  first.close();
  const second = openStore(file);
  t.teardown(second.close);
  t.same(await second.failures.list(), [failed('a', 1, 2, 5), failed('c', 4)]);
  await second.failures.replace([failed('d', 6)]);
  t.same(await second.failures.list(), [failed('d', 6)]);
});

t.test('times that are none are passed over', async (t) => {
  const file = scratchFile(t);
  const store = openStore(file);
  t.teardown(store.close);
  await store.failures.write({ changed: [failed('a', 1, 2)], gone: [] });
  const database = openDatabase(file);
  database.exec("UPDATE failures SET times = '1 x 1e400 2'");
  database.close();
  t.same(await store.failures.list(), [failed('a', 1, 2)]);
});
