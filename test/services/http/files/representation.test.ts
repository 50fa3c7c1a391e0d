import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createRepresentations, type OpenRepresentation } from '../../../../src/services/http/files/representation.ts';

/** Opens files of a folder, as seen a while after they were written. */
function open(t: Test, files: object, laterMs = 3_000) {
  const root = t.testdir(files as Parameters<Test['testdir']>[0]);
  const { open } = createRepresentations({ root, hasVariants: false, user: 'alice', now: () => Date.now() + laterMs });
  const fds: number[] = [];
  t.teardown(() => fds.forEach((fd) => fs.closeSync(fd)));
  return {
    root,
    look(name: string): OpenRepresentation {
      const path = join(root, name);
      const file = open({ path, name, stats: fs.statSync(path), encoding: null });
      if (file.fd !== null) fds.push(file.fd);
      return file;
    },
  };
}

t.test('keeps small files in memory, and large ones not', async (t) => {
  const { look } = open(t, { tiny: 'x'.repeat(8_192), small: 'x'.repeat(65_536), large: 'x'.repeat(65_537) });
  t.equal(look('tiny').text?.length, 8_192);
  t.equal(look('small').bytes?.length, 65_536);
  t.equal(look('small').text, null);
  t.equal(look('large').bytes, null);
  t.type(look('large').fd, 'number');
  t.equal(look('tiny'), look('tiny'), 'the very same');
});

t.test('does not keep what was changed only now', async (t) => {
  const { look } = open(t, { file: 'x' }, 0);
  t.equal(look('file').bytes, null);
  t.equal(look('file').size, 1);
});

t.test('bytes are bytes', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const { look } = open(t, { file: all });
  t.ok(Buffer.from(look('file').text ?? '', 'latin1').equals(all));
  t.ok(look('file').bytes?.equals(all));
});

t.test('an empty file is one', async (t) => {
  const { look } = open(t, { file: '' });
  t.match(look('file'), { size: 0, text: '' });
});

t.test('a file that was changed in any way is another one', async (t) => {
  const { look, root } = open(t, { file: 'one' });
  const path = join(root, 'file');
  const first = look('file');
  fs.writeFileSync(path, 'two');
  const second = look('file');
  t.equal(second.text, 'two');
  t.not(second.etag, first.etag);
  const { atime, mtime, ctimeMs } = fs.statSync(path);
  // The clock of the file system may be too coarse to tell two changes in a row apart.
  do fs.writeFileSync(path, 'abc');
  while (fs.statSync(path).ctimeMs === ctimeMs);
  // Its time is set back, its length is the same: the system's own time of the change tells.
  fs.utimesSync(path, atime, mtime);
  t.equal(look('file').text, 'abc');
  fs.writeFileSync(join(root, 'other'), 'new');
  fs.renameSync(join(root, 'other'), path);
  t.equal(look('file').text, 'new');
});

t.test('the oldest make room', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 249 }, (_, i) => [`file${i}`, 'x'.repeat(65_536)]));
  const { look } = open(t, files);
  const [first, last] = [look('file0'), look('file1')];
  for (let i = 2; i < 248; i += 1) look(`file${i}`);
  t.equal(look('file1'), last, 'while there is room');
  look('file248');
  t.not(look('file0'), first);
});
