import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createJail } from '../../src/files/jail.ts';
import { listFolder } from '../../src/files/list-folder.ts';

t.test('what peers can name, and nothing else', async (t) => {
  const root = fs.realpathSync(t.testdir({ file: 'hello', '.dot': '', folder: {}, '.portico-incoming': {} }));
  fs.writeFileSync(join(root, 'two\nlines'), '');
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe4, 0x2e, 0x74])]), '');
  fs.symlinkSync('/etc', join(root, 'link'));
  using folder = createJail(root).hold('/');
  const kinds: Record<string, string> = {};
  for await (const { name, kind } of listFolder(folder)) kinds[name] = kind;
  t.same(kinds, { file: 'file', '.dot': 'file', folder: 'folder', link: 'link' });
});

t.test('names that come and go meanwhile do no harm', async (t) => {
  const root = fs.realpathSync(t.testdir());
  for (let index = 0; index < 1_000; index += 1) fs.writeFileSync(join(root, `${index}`), '');
  using folder = createJail(root).hold('/');
  let count = 0;
  for await (const { name } of listFolder(folder)) {
    count += 1;
    if (count === 10) for (let index = 0; index < 1_000; index += 2) fs.rmSync(join(root, `${index}`));
    t.match(name, /^\d+$/);
  }
  t.ok(count >= 500);
});
