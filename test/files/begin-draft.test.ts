import t, { type Test } from 'tap';

import type { TreeOptions, WriteOptions } from '../../src/contract/tree.ts';
import { beginDraft } from '../../src/files/begin-draft.ts';
import { createRoots } from '../../src/files/roots.ts';
import { parseTreePath } from '../../src/files/tree-path.ts';

/** A folder with a file of 10,000 bytes, on a disk that tells what of it is promised to drafts. */
async function setUp(t: Test) {
  const real = await createRoots({ floor: 0 }).open(t.testdir({ there: 'x'.repeat(10_000) }));
  let promised = 0;
  const space = {
    take: async (bytes: number) => void (promised += bytes),
    wrote: (bytes: number) => void (promised -= bytes),
    giveBack: (bytes: number) => void (promised -= bytes),
  };
  const root = { ...real, space };
  const options: TreeOptions = { root: '/', permissions: [], quota: null, maxFileSize: null };
  return {
    promised: () => promised,
    begin: (path: string, writing: Partial<WriteOptions> = {}) =>
      beginDraft(
        { root, options, place: parseTreePath(path), deliver: null },
        { keep: 0, replaces: true, size: null, ...writing },
      ),
  };
}

// Regression: room that was announced was forgotten when the disk was asked again.
t.test('room on the disk is kept until it is written or given up', async (t) => {
  await t.test('what was announced', async (t) => {
    const { begin, promised } = await setUp(t);
    {
      await using draft = await begin('/new', { size: 500_000 });
      t.equal(promised(), 500_000);
      await draft.write(Buffer.alloc(200_000));
      t.equal(promised(), 300_000);
      await draft.commit();
    }
    t.equal(promised(), 0);
  });

  await t.test('what was taken ahead', async (t) => {
    const { begin, promised } = await setUp(t);
    {
      await using draft = await begin('/new');
      await draft.write(Buffer.alloc(5_000_000));
      t.equal(promised(), 0);
      await draft.write(Buffer.alloc(200_000));
      t.equal(promised(), 3_994_304);
    }
    t.equal(promised(), 0);
  });

  await t.test('what is kept of the file that is there', async (t) => {
    const { begin, promised } = await setUp(t);
    {
      await using draft = await begin('/there', { keep: 'all', size: 100 });
      t.equal(promised(), 100);
      await draft.write(Buffer.alloc(100));
      t.equal(promised(), 0);
      await draft.truncate(0);
      await draft.write(Buffer.alloc(100));
    }
    t.equal(promised(), 0);
  });

  await t.test('where nothing can be begun, none', async (t) => {
    const { begin, promised } = await setUp(t);
    await t.rejects(begin('/there', { keep: 10_001 }));
    await t.rejects(begin('/none/new', { size: 100 }));
    t.equal(promised(), 0);
  });
});
