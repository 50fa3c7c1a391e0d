import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { enterFolder } from '../../../../src/deliveries/targets/directory/enter-folder.ts';

t.test('makes what is missing', async (t) => {
  const root = t.testdir({ a: {} });
  t.equal(await enterFolder(root, []), root);
  t.equal(await enterFolder(root, ['a', 'b', 'c']), join(root, 'a', 'b', 'c'));
  t.equal(existsSync(join(root, 'a', 'b', 'c')), true);
  await enterFolder(root, ['a', 'b', 'c']);
});

t.test('a link may lead elsewhere inside, but not out, and nothing is made beyond it', async (t) => {
  const folder = t.testdir({ root: { real: {} }, rooted: {} });
  const root = join(folder, 'root');
  symlinkSync('real', join(root, 'inside'));
  symlinkSync('../rooted', join(root, 'outside'));
  t.equal(await enterFolder(root, ['inside', 'b']), join(root, 'inside', 'b'));
  t.equal(existsSync(join(root, 'real', 'b')), true);
  await t.rejects(enterFolder(root, ['outside', 'b']), { message: /by a symbolic link$/ });
  t.equal(existsSync(join(folder, 'rooted', 'b')), false);
});

t.test('the root itself may be reached by a link', async (t) => {
  const folder = t.testdir({ real: {} });
  mkdirSync(join(folder, 'real', 'a'));
  symlinkSync('real', join(folder, 'root'));
  await enterFolder(join(folder, 'root'), ['a', 'b']);
  t.equal(existsSync(join(folder, 'real', 'a', 'b')), true);
});
