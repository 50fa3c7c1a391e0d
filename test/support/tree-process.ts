/**
 * A worker with a draft that never comes to its end, to be killed: writes 200,000 bytes into the tree of that root, says so, and
 * stays.
 *
 *     tree-process.ts ROOT
 */
import { openTree } from '../../src/files/open-tree.ts';
import { createRoots } from '../../src/files/roots.ts';

const [root = ''] = process.argv.slice(2);
const surroundings = {
  session: { id: 'abcdefghjkmn', peer: { address: '192.0.2.1', port: 4711, family: 'IPv4' as const }, account: null },
  desk: { begin: () => Promise.reject(new Error('there is no desk')) },
  deliver: [],
  service: 'drop',
  roots: createRoots({ floor: 0 }),
};
const tree = await openTree(surroundings, { root, permissions: ['write'], quota: null, maxFileSize: null });
const draft = await tree.write('/file', { keep: 0, replaces: true, size: null });
await draft.write(Buffer.alloc(200_000));
process.stdout.write('written');
setInterval(() => void draft.size, 1_000);
