import t from 'tap';

import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { scratchFile } from './scratch.ts';

t.test('the tables as they are', async (t) => {
  const database = openDatabase(scratchFile(t));
  t.teardown(database.close);
  migrate(database);
  const columns = database
    .prepare(
      `SELECT t.name || ': ' || group_concat(c.name || ' ' || c.type, ', ') AS line
       FROM pragma_table_list() t, pragma_table_info(t.name) c WHERE t.strict = 1 GROUP BY t.name ORDER BY t.name`,
    )
    .all()
    .map(({ line }) => line);
  t.same(columns, [
    'bans: source TEXT, ends INTEGER, reason TEXT, service TEXT, since INTEGER',
    'delivered: delivery TEXT, total INTEGER',
    'failures: source TEXT, times TEXT, keep_ms INTEGER, keep_count INTEGER',
    'items: position INTEGER, id TEXT, folder TEXT, file TEXT, start INTEGER, service TEXT, session TEXT, account TEXT, name TEXT, ' +
      'media_type TEXT, size INTEGER, sha256 TEXT, received INTEGER, mail TEXT, finished INTEGER',
    'journal: id INTEGER, first_end INTEGER, last_end INTEGER, sessions INTEGER, entries TEXT',
    'tasks: position INTEGER, delivery TEXT, mailbox TEXT, state TEXT, attempts INTEGER, since INTEGER, ' +
      'next_at INTEGER, owner TEXT, reason TEXT',
  ]);
  t.equal(database.pragma('user_version'), 2);
});
