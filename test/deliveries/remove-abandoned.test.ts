import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { removeAbandoned } from '../../src/deliveries/remove-abandoned.ts';

const hour = 3_600_000;

t.test('files of ours go when they are old, and nothing else', async (t) => {
  const folder = t.testdir({ '.portico-1': 'half', other: '' });
  mkdirSync(join(folder, '.portico-folder'));
  symlinkSync('other', join(folder, '.portico-link'));
  const look = (now: number) => removeAbandoned({ folder, prefix: '.portico-', ageMs: hour, now });
  await look(Date.now() + hour - 60_000);
  t.same(readdirSync(folder).sort(), ['.portico-1', '.portico-folder', '.portico-link', 'other']);
  await look(Date.now() + hour);
  t.same(readdirSync(folder).sort(), ['.portico-folder', '.portico-link', 'other']);
});

t.test('where there is no folder there is nothing to remove', async () => {
  await removeAbandoned({ folder: '/nonexistent', prefix: '', ageMs: 0 });
});
