import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { newUnique } from '../../../src/services/imap/message-name.ts';
import { sweepDrafts } from '../../../src/services/imap/sweep-drafts.ts';

t.test('removes what was abandoned, and is ours', async (t) => {
  const maildir = t.testdir({ tmp: {} });
  const path = (name: string): string => join(maildir, 'tmp', name);
  const [draft, mailbox] = [newUnique(), newUnique()];
  for (const name of [draft, '1.theirs']) fs.writeFileSync(path(name), 'x');
  fs.mkdirSync(join(path(mailbox), 'cur'), { recursive: true });
  fs.utimesSync(path(draft), 1, 1);
  const hours = (count: number): number => Date.now() + count * 3_600_000;
  await sweepDrafts(maildir, hours(35));
  t.equal(fs.readdirSync(join(maildir, 'tmp')).length, 3);
  await sweepDrafts(maildir, hours(37));
  t.same(fs.readdirSync(join(maildir, 'tmp')), ['1.theirs']);
  fs.rmSync(join(maildir, 'tmp'), { recursive: true });
  await sweepDrafts(maildir);
});
