import t from 'tap';

import type { Entry } from '../../../../src/contract/tree.ts';
import { allFacts, chooseFacts, formatFacts } from '../../../../src/services/ftp/listing/facts.ts';

const file: Entry = {
  name: 'a.txt',
  kind: 'file',
  size: 12,
  modified: 1_577_836_800_000,
  accessed: 0,
  mode: 0o640,
  uid: 0,
  gid: 0,
  links: 1,
  unique: 'fd00:12;3 4',
};
const all = ['list', 'read', 'write', 'delete', 'rename', 'mkdir'] as const;

t.test('facts of an entry', async (t) => {
  t.equal(
    formatFacts(file, allFacts, all),
    'type=file;perm=adfrw;size=12;modify=20200101000000;unique=fd00:12-3-4;UNIX.mode=0640;',
  );
  t.equal(
    formatFacts({ ...file, kind: 'folder', mode: 0o7 }, allFacts, ['list', 'mkdir']),
    'type=dir;perm=elm;modify=20200101000000;unique=fd00:12-3-4;UNIX.mode=0007;',
  );
  t.equal(formatFacts({ ...file, kind: 'link' }, new Set(['type']), all), 'type=OS.unix=symlink;');
  t.equal(formatFacts({ ...file, kind: 'other' }, new Set(['type']), all), 'type=OS.unix=special;');
  t.equal(formatFacts(file, new Set(), all), '');
});

t.test('which are asked for', async (t) => {
  t.same([...chooseFacts(['SIZE', 'unix.MODE', 'lang', ' type '])], ['type', 'size', 'UNIX.mode']);
  t.same([...chooseFacts([])], []);
});
