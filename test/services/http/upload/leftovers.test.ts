import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { sweepLeftovers, temporaryName } from '../../../../src/services/http/upload/leftovers.ts';

t.test('a temporary file is removed when its process has ended', async (t) => {
  const folder = t.testdir({});
  const source = join(import.meta.dirname, '../../../../src/services/http/upload/leftovers.ts');
  const script = `import(${JSON.stringify(source)}).then(({ temporaryName }) => {
    process.stdout.write(temporaryName('0123456789abcdef'));
    process.stdin.resume();
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [name] = (await once(child.stdout, 'data')) as [Buffer];
  fs.writeFileSync(join(folder, name.toString()), 'part');
  fs.writeFileSync(join(folder, temporaryName('0123456789abcdef')), 'part');
  t.equal(await sweepLeftovers(folder), 0, 'not while it runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.equal(await sweepLeftovers(folder), 1);
  t.same(fs.readdirSync(folder), [temporaryName('0123456789abcdef')]);
});

t.test('other files are left alone', async (t) => {
  const files = ['a', '1-1.part', '4194305-1-xyz.part', '4194305-1-0123456789abcdef.part.txt'];
  const folder = t.testdir(Object.fromEntries(files.map((name) => [name, ''])));
  t.equal(await sweepLeftovers(folder), 0);
  t.same(fs.readdirSync(folder), files.toSorted());
});
