import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { sweepLeftovers, temporaryName } from '../../../../src/services/http/upload/leftovers.ts';
import { isGone, ownMark } from '../../../../src/system/process-mark.ts';

const own = temporaryName(ownMark, '0123456789abcdef');

t.test('a temporary file is removed when its process has ended', async (t) => {
  const folder = t.testdir({});
  const source = join(import.meta.dirname, '../../../../src/system/process-mark.ts');
  const script = `import(${JSON.stringify(source)}).then(({ ownMark }) => {
    process.stdout.write(ownMark);
    process.stdin.resume();
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [mark] = (await once(child.stdout, 'data')) as [Buffer];
  fs.writeFileSync(join(folder, temporaryName(mark.toString(), '0123456789abcdef')), 'part');
  fs.writeFileSync(join(folder, own), 'part');
  t.equal(await sweepLeftovers(folder, { isGone }), 0, 'not while it runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.equal(await sweepLeftovers(folder, { isGone }), 1);
  t.same(fs.readdirSync(folder), [own]);
});

t.test('other files are left alone', async (t) => {
  const files = ['a', '1-1.part', '4194305-1-xyz.part', '4194305-1-0123456789abcdef.part.txt'];
  const folder = t.testdir(Object.fromEntries(files.map((name) => [name, ''])));
  t.equal(await sweepLeftovers(folder, { isGone }), 0);
  t.same(fs.readdirSync(folder), files.toSorted());
});
