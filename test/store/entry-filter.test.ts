import t from 'tap';

import type { JournalEntry } from '../../src/contract/journal.ts';
import { createEntryFilter } from '../../src/store/entry-filter.ts';
import { formatEntry } from '../../src/wire/journal-block.ts';

const entry = (id: string, changes: Partial<JournalEntry>): JournalEntry => ({
  id,
  service: 'echo',
  peer: '192.0.2.1:40000',
  local: '127.0.0.1:7',
  account: null,
  tls: null,
  started: 1_000,
  duration: 0,
  bytes: { in: 0, out: 0 },
  reason: 'end',
  ...changes,
});

const text = [
  entry('a', {}),
  entry('b', { service: 'mail', account: 'alice' }),
  entry('c', { peer: '192.0.2.10:40000' }),
  entry('d', { peer: '[2001:db8:0:1::5]:9', account: 'echo' }),
  entry('e', { peer: '/run/a|b' }),
  entry('f', { started: 1_999 }),
  entry('g', { started: 2_000 }),
]
  .map(formatEntry)
  .join(';');

t.test('what is asked for', async (t) => {
  const cases: [Partial<Parameters<typeof createEntryFilter>[0]>, string][] = [
    [{}, 'a b c d e f g'],
    [{ since: 1_000, until: 2_000 }, 'a b c d e f'],
    [{ since: 1_001 }, 'f g'],
    [{ until: 1_000 }, ''],
    [{ service: 'mail' }, 'b'],
    [{ service: 'mai' }, ''],
    [{ account: 'alice' }, 'b'],
    [{ account: 'echo' }, 'd'],
    [{ account: '' }, ''],
    [{ service: 'echo', account: 'alice' }, ''],
    [{ peer: '192.0.2.1' }, 'a b f g'],
    [{ peer: '192.0.2.10:40000' }, 'c'],
    [{ peer: '192.0.2' }, ''],
    [{ peer: '2001:db8:0:1::5' }, 'd'],
    [{ peer: '[2001:db8:0:1::5]:9' }, 'd'],
    [{ peer: '2001:db8:0:1::/64' }, 'd'],
    [{ peer: '2001:db8:0:2::/64' }, ''],
    [{ peer: '/run/a|b' }, 'e'],
  ];
  for (const [query, ids] of cases) {
    const found = createEntryFilter({ since: 0, limit: 100, ...query })(text);
    t.equal(found.map(({ id }) => id).join(' '), ids, JSON.stringify(query));
  }
});
