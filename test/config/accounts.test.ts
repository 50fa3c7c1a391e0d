import { join } from 'node:path';
import t from 'tap';

import { readAccounts } from '../../src/config/accounts.ts';
import { formatMistake } from '../../src/config/mistakes.ts';

const bcrypt = '$2y$05$3JqzA8EDYuK9H3l1Ntp9FOcaNx3vBLaPKNHcTcJ92AEmbwluHa0WW';

t.test('all files, the first of a name wins', async (t) => {
  const folder = t.testdir({
    'a.yaml': 'alice: { quota: 1KB }\n',
    htpasswd: `alice:${bcrypt}\nbob:${bcrypt}\n`,
    'broken.yaml': 'carol: { qota: 1GB }\n',
    'broken.htpasswd': 'dan\n',
  });
  const file = (name: string) => ({ kind: 'file', path: join(folder, name) }) as const;
  const htpasswd = (name: string) => ({ kind: 'htpasswd', path: join(folder, name) }) as const;
  const defaults = { state: '/state' };

  const all = readAccounts(
    [file('a.yaml'), htpasswd('htpasswd'), { kind: 'sqlite', path: join(folder, 'accounts.db') }, file('none.yaml')],
    defaults,
  );
  t.match(all.records, [
    { name: 'alice', quota: 1024, password: null },
    { name: 'bob', password: bcrypt },
  ]);
  t.equal(all.records.length, 2);
  t.equal(all.mistakes, null);
  t.same(all.missing, [join(folder, 'none.yaml')]);

  const broken = readAccounts([file('a.yaml'), file('broken.yaml'), htpasswd('broken.htpasswd')], defaults);
  t.same(broken.records, [], 'all or nothing');
  t.same(
    broken.mistakes?.mistakes.map((mistake) => formatMistake(mistake).replace(`${folder}/`, '')),
    [
      'broken.yaml:1:10: carol.qota: unknown key "qota", did you mean "quota"?',
      'broken.htpasswd:1:1: expected NAME:HASH',
    ],
  );
  t.same(readAccounts([], defaults), { records: [], mistakes: null, missing: [] });
});
