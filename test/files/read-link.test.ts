import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createJail } from '../../src/files/jail.ts';
import { readLinkInside } from '../../src/files/read-link.ts';

t.test('where links lead, as seen from inside', async (t) => {
  const folder = fs.realpathSync(t.testdir({ root: { a: { b: '' } }, outside: {} }));
  const root = join(folder, 'root');
  const jail = createJail(root);
  for (const [to, expected] of [
    ['b', 'b'],
    ['../a/b', '../a/b'],
    ['nowhere', 'nowhere'],
    [join(root, 'a/b'), '/a/b'],
    [root, '/'],
    ['..', '..'],
    ['../..', 'denied'],
    ['../../outside', 'denied'],
    [join(folder, 'root-too'), 'denied'],
    ['/etc/passwd', 'denied'],
  ] as const) {
    fs.rmSync(join(root, 'a/link'), { force: true });
    fs.symlinkSync(to, join(root, 'a/link'));
    using held = jail.hold('/a/link', { follow: false });
    let text: string;
    try {
      text = readLinkInside(jail, held);
    } catch (error) {
      text = (error as { fault: string }).fault;
    }
    t.equal(text, expected, to.replace(folder, ''));
  }
});
