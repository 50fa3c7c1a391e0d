/**
 * Writes into folders of a root on other file systems, and on the same one mounted once more; to be run where those mounts are
 * nobody else's. Prints a line for each: what stands there, and what is left of drafts.
 *
 *     tree-mounts.ts ROOT FOLDER…
 */
import fs from 'node:fs';
import { join } from 'node:path';

import { openTree } from '../../src/files/open-tree.ts';
import { createRoots } from '../../src/files/roots.ts';

const [root = '', ...folders] = process.argv.slice(2);
const surroundings = {
  session: { id: 'abcdefghjkmn', peer: { address: '192.0.2.1', port: 4711, family: 'IPv4' as const }, account: null },
  desk: { begin: () => Promise.reject(new Error('there is no desk')) },
  deliver: [],
  service: 'drop',
  roots: createRoots({ floor: 0 }),
};
const permissions = ['list', 'read', 'write', 'delete', 'rename', 'mkdir'] as const;
const tree = await openTree(surroundings, { root, permissions, quota: null, maxFileSize: null });

const draftsIn = (folder: string): string[] => {
  const area = join(root, folder, '.portico-incoming');
  return fs.existsSync(area) ? fs.readdirSync(area) : [];
};

for (const folder of folders) {
  for (const [text, keep, replaces] of [
    ['hello', 0, false],
    [' world', 'all', true],
  ] as const) {
    await using draft = await tree.write(`/${folder}/file`, { keep, replaces, size: null });
    await draft.write(Buffer.from(text));
    draft.setMode(0o640);
    await draft.commit();
  }
  const { mode } = await tree.stat(`/${folder}/file`);
  const text = fs.readFileSync(join(root, folder, 'file'), 'utf8');
  const left = draftsIn(folder).length + draftsIn('').length;
  process.stdout.write(`${folder}: ${text}, ${mode.toString(8)}, ${left} left\n`);
}
