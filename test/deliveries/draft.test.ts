import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { TemporaryError } from '../../src/contract/errors.ts';
import { createBudget } from '../../src/system/budget.ts';
import { createSpoolDraft, UncertainError, type SpoolDraftOptions } from '../../src/deliveries/draft.ts';
import { scratchSpool, watchFiles } from '../support/spool.ts';

function setUp(t: Test, more: Partial<SpoolDraftOptions> = {}, files = watchFiles()) {
  const { folder, drafts, whole, read } = scratchSpool(t);
  const enqueued: unknown[] = [];
  const taken: number[] = [];
  let promised = more.announced ?? 0;
  const bundled: string[] = [];
  const budget = createBudget(1_000_000);
  const draft = createSpoolDraft({
    files,
    space: {
      async take(bytes) {
        taken.push(bytes);
        promised += bytes;
      },
      wrote: (bytes) => void (promised -= bytes),
      giveBack: (bytes) => void (promised -= bytes),
    },
    bundles: {
      async add(chunks) {
        bundled.push(Buffer.concat(chunks).toString());
        const [stay, leave] = [() => void bundled.push('stays'), async () => void bundled.push('left')];
        return { file: 'bundle', offset: 7, isThere: () => true, stay, leave };
      },
    },
    budget,
    file: 'whole',
    draftPath: join(folder, 'tmp', 'draft'),
    wholePath: join(folder, 'new', 'whole'),
    announced: 0,
    syncFolder: () => files.syncFolder(join(folder, 'new')),
    async enqueue(written, late) {
      files.done.push('enqueue');
      enqueued.push([written, late]);
      const { size, sha256 } = written;
      return { id: 'whole', name: 'note.txt', size, sha256, isReplacement: false };
    },
    ...more,
  });
  const promisedBytes = (): number => promised;
  return { draft, drafts, whole, read, enqueued, taken, promisedBytes, bundled, budget, done: files.done };
}

const hello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

t.test('file, folder, queue: each is on disk before the next', async (t) => {
  const { draft, done, drafts, whole, read, enqueued, bundled } = setUp(t);
  await draft.write(Buffer.from('hel'));
  await draft.write(Buffer.from('lo'));
  await draft.seal();
  const receipt = await draft.commit({ mail: null });
  t.same(receipt, { id: 'whole', name: 'note.txt', size: 5, sha256: hello, isReplacement: false });
  t.same(done, ['create tmp', 'write 5', 'sync', 'close', 'rename', 'sync new', 'enqueue']);
  t.same(enqueued, [[{ file: 'whole', offset: 0, size: 5, sha256: hello }, { mail: null }]]);
  await draft[Symbol.asyncDispose]();
  t.same([drafts(), whole(), read('whole'), bundled], [[], ['whole'], 'hello', []]);
});

t.test('what is small is written with others, when all of it has come', async (t) => {
  const { draft, done, enqueued, bundled, budget } = setUp(t);
  await draft.write(Buffer.from('hel'));
  await draft.write(Buffer.from('lo'));
  t.same([done, bundled], [[], []]);
  t.match(await draft.commit(), { size: 5, sha256: hello });
  t.same([done, bundled], [['enqueue'], ['hello', 'stays']]);
  t.same(enqueued, [[{ file: 'bundle', offset: 7, size: 5, sha256: hello }, {}]]);
  await draft[Symbol.asyncDispose]();
  budget.add(1_000_001);
  t.equal(budget.isSpent(), true);
  budget.add(-1);
  t.equal(budget.isSpent(), false, 'all was given back');
  await t.rejects(draft.commit(), { message: 'the draft is closed' });
});

t.test('nothing at all is a thing, too', async (t) => {
  const { draft, bundled } = setUp(t);
  t.match(await draft.commit(), { size: 0 });
  t.same(bundled, ['', 'stays']);
});

t.test('what is large is written as it comes', async (t) => {
  const { draft, done, read } = setUp(t);
  const chunk = Buffer.alloc(131_071, 'a');
  await draft.write(chunk);
  t.same(done, []);
  await draft.write(Buffer.from('b'));
  t.same(done, ['create tmp', 'write 131072']);
  await draft.write(Buffer.alloc(200_000, 'c'));
  t.same(done, ['create tmp', 'write 131072', 'write 200000']);
  const { sha256, size } = await draft.commit();
  t.equal(size, 331_072);
  t.equal(sha256, createHash('sha256').update(read('whole')).digest('hex'));
});

t.test('when all drafts together keep too much in memory, each is written as it comes', async (t) => {
  const { draft, done, budget } = setUp(t);
  budget.add(999_995);
  await draft.write(Buffer.from('hello'));
  t.same(done, []);
  await draft.write(Buffer.from('!'));
  t.same(done, ['create tmp', 'write 6']);
  t.equal(budget.isSpent(), false);
  await draft[Symbol.asyncDispose]();
});

// Regression: 130 KB in pieces of one byte took 32 MB of memory, whatever the budget was.
t.test('what comes byte by byte is kept in few pieces', async (t) => {
  const pieces: number[] = [];
  const bundles = {
    async add(chunks: readonly Uint8Array[]) {
      pieces.push(chunks.length);
      return { file: 'bundle', offset: 0, isThere: () => true, stay() {}, leave: async () => {} };
    },
  };
  const { draft } = setUp(t, { bundles });
  for (let at = 0; at < 5_000; at += 1) void draft.write(Buffer.from('a'));
  t.match(await draft.commit(), { size: 5_000 });
  t.same(pieces, [4]);
});

// Regression: while a new version took over, the courier of the old one removed what was still added to, and it was acknowledged.
t.test('what the queue may have passed over, because its file has gone, is not acknowledged', async (t) => {
  const said: string[] = [];
  const bundles = {
    add: async () => ({
      file: 'bundle',
      offset: 0,
      isThere: () => false,
      stay: () => void said.push('stays'),
      leave: async () => void said.push('left'),
    }),
  };
  const { draft, enqueued } = setUp(t, { bundles });
  await draft.write(Buffer.from('hello'));
  await t.rejects(draft.commit(), { name: 'TemporaryError', message: 'its file is no longer in the spool' });
  await draft[Symbol.asyncDispose]();
  t.same([enqueued.length, said], [1, ['stays']]);
});

t.test('leaving without a commit leaves nothing behind', async (t) => {
  t.test('before anything was written', async (t) => {
    const { draft, done } = setUp(t);
    await draft.write(Buffer.from('hello'));
    await draft[Symbol.asyncDispose]();
    t.same(done, []);
  });

  t.test('in the middle', async (t) => {
    const { draft, drafts, done } = setUp(t);
    await draft.write(Buffer.alloc(140_000));
    t.same(drafts(), ['draft']);
    await draft[Symbol.asyncDispose]();
    t.same(drafts(), []);
    t.same(done, ['create tmp', 'write 140000', 'close', 'remove tmp']);
  });

  t.test('while something is being written', async (t) => {
    const held = Promise.withResolvers<void>();
    const files = watchFiles((step) => (step.startsWith('write') ? held.promise : undefined));
    const { draft, drafts } = setUp(t, {}, files);
    const writing = draft.write(Buffer.alloc(140_000));
    const leaving = draft[Symbol.asyncDispose]();
    held.resolve();
    await Promise.all([writing, leaving]);
    t.same(drafts(), []);
  });

  t.test('when it is sealed', async (t) => {
    const { draft, drafts, done } = setUp(t);
    await draft.write(Buffer.from('hello'));
    await Promise.all([draft.seal(), draft.seal()]);
    t.same(done, ['create tmp', 'write 5', 'sync', 'close']);
    await draft[Symbol.asyncDispose]();
    t.same(drafts(), []);
  });
});

t.test('a sealed one takes no more, and is committed all the same', async (t) => {
  const { draft, whole } = setUp(t);
  await draft.write(Buffer.from('hello'));
  await draft.seal();
  await t.rejects(draft.write(Buffer.from('!')), { message: 'the draft is closed' });
  t.match(await draft.commit(), { size: 5 });
  t.same(whole(), ['whole']);
  await t.rejects(draft.commit(), { message: 'the draft is closed' });
});

t.test('a step that fails, fails the commit, and nothing stays', async (t) => {
  for (const bad of ['create tmp', 'write 140000', 'sync', 'rename', 'sync new']) {
    const files = watchFiles((step) => {
      if (step === bad) throw Object.assign(new Error('the disk is broken'), { code: 'EIO' });
    });
    const { draft, drafts, whole, enqueued } = setUp(t, {}, files);
    const take = async (): Promise<unknown> => {
      await draft.write(Buffer.alloc(140_000));
      return draft.commit();
    };
    await t.rejects(take(), { message: 'the disk is broken' }, bad);
    await draft[Symbol.asyncDispose]();
    t.same([drafts(), whole(), enqueued], [[], [], []], bad);
  }
});

t.test('a full disk is told as such', async (t) => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const files = watchFiles((step) => {
      if (step.startsWith('write')) throw Object.assign(new Error(code), { code });
    });
    const { draft, drafts } = setUp(t, {}, files);
    await t.rejects(draft.write(Buffer.alloc(140_000)), NoSpaceError, code);
    await draft[Symbol.asyncDispose]();
    t.same(drafts(), []);
  }
});

t.test('room is taken before it is used', async (t) => {
  t.test('as it grows', async (t) => {
    const { draft, taken } = setUp(t);
    await draft.write(Buffer.alloc(140_000));
    await draft.write(Buffer.alloc(5_000_000));
    await draft.write(Buffer.alloc(140_000));
    t.same(taken, [140_000, 5_000_000, 4_194_304]);
    await draft[Symbol.asyncDispose]();
  });

  t.test('not twice for what was announced', async (t) => {
    const { draft, taken } = setUp(t, { announced: 140_001 });
    await draft.write(Buffer.alloc(140_000));
    await draft.write(Buffer.from('a'));
    await draft.commit();
    t.same(taken, []);
  });

  t.test('more than was announced is asked for', async (t) => {
    const { draft, taken } = setUp(t, { announced: 4 });
    await draft.write(Buffer.from('hello'));
    await draft.commit();
    t.same(taken, [5]);
  });

  t.test('until it is written, or known not to be', async (t) => {
    const { draft, promisedBytes } = setUp(t, { announced: 500_000 });
    t.equal(promisedBytes(), 500_000);
    await draft.write(Buffer.alloc(140_000));
    t.equal(promisedBytes(), 360_000);
    await draft.commit();
    t.equal(promisedBytes(), 0);
    await draft[Symbol.asyncDispose]();
    t.equal(promisedBytes(), 0);

    const small = setUp(t, { announced: 500_000 });
    await small.draft.write(Buffer.from('hello'));
    t.equal(small.promisedBytes(), 500_000);
    await small.draft.commit();
    t.equal(small.promisedBytes(), 0);

    const left = setUp(t);
    await left.draft.write(Buffer.alloc(5_000_000));
    await left.draft.write(Buffer.alloc(140_000));
    t.equal(left.promisedBytes(), 4_054_304, 'some is taken ahead');
    await left.draft[Symbol.asyncDispose]();
    t.equal(left.promisedBytes(), 0);
  });

  t.test('where there is none, nothing stays', async (t) => {
    const space = { take: () => Promise.reject(new NoSpaceError('no room')), wrote() {}, giveBack() {} };
    const { draft, done } = setUp(t, { space });
    await t.rejects(draft.write(Buffer.alloc(140_000)), NoSpaceError);
    await draft[Symbol.asyncDispose]();
    t.same(done, []);
  });
});

t.test('a queue that refuses leaves no file; one that does not answer may have taken it', async (t) => {
  const refusal = new TemporaryError('the queue is full');
  const refused = setUp(t, { enqueue: () => Promise.reject(refusal) });
  await refused.draft.seal();
  await t.rejects(refused.draft.commit(), refusal);
  await refused.draft[Symbol.asyncDispose]();
  t.same(refused.whole(), []);

  const small = setUp(t, { enqueue: () => Promise.reject(refusal) });
  await small.draft.write(Buffer.from('hello'));
  await t.rejects(small.draft.commit(), refusal);
  await small.draft[Symbol.asyncDispose]();
  t.same(small.bundled, ['hello', 'left']);

  const silence = new TemporaryError('the queue does not answer');
  const open = setUp(t, { enqueue: () => Promise.reject(new UncertainError('', { cause: silence })) });
  await open.draft.seal();
  await t.rejects(open.draft.commit(), silence);
  await open.draft[Symbol.asyncDispose]();
  t.same(open.whole(), ['whole']);

  const smallOpen = setUp(t, { enqueue: () => Promise.reject(new UncertainError('', { cause: silence })) });
  await t.rejects(smallOpen.draft.commit(), silence);
  await smallOpen.draft[Symbol.asyncDispose]();
  t.same(smallOpen.bundled, ['', 'stays']);
});

t.test('a file of that name is never written over', async (t) => {
  const { draft, drafts } = setUp(t);
  fs.writeFileSync(join(t.testdirName, 'spool/1000/tmp/draft'), 'other');
  await t.rejects(draft.write(Buffer.alloc(140_000)), { code: 'EEXIST' });
  await draft[Symbol.asyncDispose]();
  t.same(drafts(), ['draft'], 'and it is not ours to remove');
});
