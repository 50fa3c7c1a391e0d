import t from 'tap';

import { longName } from '../../../src/services/sftp/long-name.ts';
import { entry } from './stage.ts';

const now = Date.UTC(2026, 10, 26, 12, 0);

t.test('shows entries as ls does', async (t) => {
  const table: [Parameters<typeof entry>[0], string][] = [
    [{}, '-rw-r--r--   1 0        0               5 Nov 26 11:00 name'],
    [{ kind: 'folder', mode: 0o2751 }, 'drwxr-x--x   1 0        0               5 Nov 26 11:00 name'],
    [{ kind: 'link', mode: 0o777 }, 'lrwxrwxrwx   1 0        0               5 Nov 26 11:00 name'],
    [{ kind: 'other', mode: 0 }, 'p---------   1 0        0               5 Nov 26 11:00 name'],
    [{ uid: 1000, gid: 100_000, links: 12 }, '-rw-r--r--  12 1000     100000          5 Nov 26 11:00 name'],
    [{ modified: Date.UTC(2024, 0, 2) }, '-rw-r--r--   1 0        0               5 Jan  2  2024 name'],
    [{ modified: now + 60_000 }, '-rw-r--r--   1 0        0               5 Nov 26  2026 name'],
    [{ name: 'a\u001b[2Jb' }, '-rw-r--r--   1 0        0               5 Nov 26 11:00 a\\x1b[2Jb'],
  ];
  for (const [given, expected] of table) {
    t.equal(longName(entry({ modified: now - 3_600_000, ...given }), now), expected);
  }
});
