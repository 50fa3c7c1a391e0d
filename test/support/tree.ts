import fs from 'node:fs';
import { join } from 'node:path';

import type { Test } from 'tap';

import { permissions } from '../../src/contract/account.ts';
import type { DeliveryDesk } from '../../src/contract/delivery.ts';
import { TreeError, type Tree, type TreeFault, type TreeOptions, type WriteOptions } from '../../src/contract/tree.ts';
import { openTree } from '../../src/files/open-tree.ts';
import { createRoots } from '../../src/files/roots.ts';
import { createFakeSession } from './fake-session.ts';

export interface ScratchTree {
  readonly tree: Tree;
  /** Real path of its root. */
  readonly root: string;
  /** A folder beside it that nobody may come to. */
  readonly outside: string;
  put(path: string, text: string, options?: Partial<WriteOptions>): Promise<void>;
  /** What stands there, looked at past the tree. */
  read(path: string): string;
  /** Names of drafts. */
  drafts(): string[];
}

export interface ScratchOptions extends Partial<TreeOptions> {
  readonly desk?: DeliveryDesk;
  readonly deliver?: readonly string[];
  readonly hasProc?: boolean;
  readonly floor?: number;
}

/** A tree in a folder of the test's own. */
export async function scratchTree(t: Test, options: ScratchOptions = {}): Promise<ScratchTree> {
  const { desk, deliver = [], hasProc, floor = 0, ...more } = options;
  const folder = (): string => fs.realpathSync(t.testdir({ root: {}, outside: { secret: 'secret' } }));
  const root = more.root ?? join(folder(), 'root');
  const tree = await openTree(
    {
      session: createFakeSession().session,
      desk: desk ?? { begin: () => Promise.reject(new Error('the test has no desk')) },
      deliver,
      service: 'drop',
      roots: createRoots({ floor, ...(hasProc === undefined ? {} : { hasProc }) }),
    },
    { permissions, quota: null, maxFileSize: null, ...more, root },
  );
  return {
    tree,
    root,
    outside: join(root, '../outside'),
    async put(path, text, writing = {}) {
      await using draft = await tree.write(path, { keep: 0, replaces: true, size: null, ...writing });
      await draft.write(Buffer.from(text));
      await draft.commit();
    },
    read: (path) => fs.readFileSync(join(root, path), 'utf8'),
    drafts() {
      const area = join(root, '.portico-incoming');
      return fs.existsSync(area) ? fs.readdirSync(area) : [];
    },
  };
}

/** The fault that something ends with; "none" when it does not. */
export async function faultOf(action: Promise<unknown> | (() => Promise<unknown>)): Promise<TreeFault | 'none'> {
  try {
    await (typeof action === 'function' ? action() : action);
    return 'none';
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return error.fault;
  }
}

export async function namesIn(tree: Tree, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of tree.list(path)) names.push(name);
  return names.sort();
}
