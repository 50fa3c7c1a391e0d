import t from 'tap';

import type { Entry } from '../../../../src/contract/tree.ts';
import { lineSafe, lsLine } from '../../../../src/services/ftp/listing/ls-line.ts';

const now = Date.UTC(2026, 5, 15, 12);

const entry = (more: Partial<Entry>): Entry => ({
  name: 'a.txt',
  kind: 'file',
  size: 12,
  modified: now,
  accessed: 0,
  mode: 0o644,
  uid: 1000,
  gid: 1000,
  links: 1,
  unique: 'u',
  ...more,
});

const table: readonly (readonly [more: Partial<Entry>, line: string])[] = [
  [{}, '-rw-r--r--   1 ftp      ftp                12 Jun 15 12:00 a.txt'],
  [{ kind: 'folder', mode: 0o751, links: 3 }, 'drwxr-x--x   3 ftp      ftp                12 Jun 15 12:00 a.txt'],
  [{ kind: 'link', mode: 0o777, size: 0 }, 'lrwxrwxrwx   1 ftp      ftp                 0 Jun 15 12:00 a.txt'],
  [{ mode: 0 }, '----------   1 ftp      ftp                12 Jun 15 12:00 a.txt'],
  [{ size: 123_456_789_012_345 }, '-rw-r--r--   1 ftp      ftp      123456789012345 Jun 15 12:00 a.txt'],
  [{ modified: Date.UTC(2026, 0, 2, 3, 4) }, '-rw-r--r--   1 ftp      ftp                12 Jan  2 03:04 a.txt'],
  [{ modified: Date.UTC(2025, 10, 2, 3, 4) }, '-rw-r--r--   1 ftp      ftp                12 Nov  2  2025 a.txt'],
  [{ modified: Date.UTC(2026, 5, 16, 11) }, '-rw-r--r--   1 ftp      ftp                12 Jun 16 11:00 a.txt'],
  [{ modified: Date.UTC(2027, 5, 16) }, '-rw-r--r--   1 ftp      ftp                12 Jun 16  2027 a.txt'],
  [{ modified: Number.NaN }, '-rw-r--r--   1 ftp      ftp                12 Jan  1  1970 a.txt'],
  [{ name: ' a  é ' }, '-rw-r--r--   1 ftp      ftp                12 Jun 15 12:00  a  é '],
  [{ name: 'a\r\nb' }, '-rw-r--r--   1 ftp      ftp                12 Jun 15 12:00 a??b'],
];

t.test('lines as ls writes them', async (t) => {
  for (const [more, line] of table) t.equal(lsLine(entry(more), now), line);
});

t.test('names that have to stay in their line', async (t) => {
  t.equal(lineSafe('a\0b\rc\nd'), 'a?b?c?d');
});
