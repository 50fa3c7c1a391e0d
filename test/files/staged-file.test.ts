import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createStagedFile } from '../../src/files/staged-file.ts';
import { createBudget, type Budget } from '../../src/system/budget.ts';

function setUp(t: Test, flags = 'w+', budget: Budget = createBudget(1024 ** 2)) {
  const path = join(t.testdir({ file: '' }), 'file');
  const fd = fs.openSync(path, flags);
  t.teardown(() => fs.closeSync(fd));
  return { file: createStagedFile(fd, budget), path };
}

t.test('what is small is written at once, and what follows when all of it has come', async (t) => {
  const { file, path } = setUp(t);
  await file.write(Buffer.from('hello '), 0);
  t.equal(fs.statSync(path).size, 6);
  await file.write(Buffer.from('world'), 6);
  t.equal(fs.statSync(path).size, 6);
  await file.flush();
  t.equal(fs.readFileSync(path, 'utf8'), 'hello world');
  await file.flush();
});

t.test('any order and any size, as a plain file would have it', async (t) => {
  const { file, path } = setUp(t);
  const expected = Buffer.alloc(1_500_000);
  // A fixed sequence of numbers that look like chance.
  let seed = 1;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const buffer = Buffer.alloc(300_000);
  let position = 0;
  for (let round = 0; round < 400; round += 1) {
    const size = 1 + next(round % 10 === 0 ? 300_000 : 20_000);
    if (next(4) === 0) position = next(1_000_000);
    if (position + size > expected.length) position = 0;
    buffer.fill(round % 251, 0, size);
    expected.fill(round % 251, position, position + size);
    await file.write(buffer.subarray(0, size), position);
    position += size;
    if (round % 50 === 0) {
      const read = Buffer.alloc(1_000);
      const bytes = await file.read(read, position - Math.min(size, 1_000));
      t.ok(read.subarray(0, bytes).equals(expected.subarray(position - Math.min(size, 1_000)).subarray(0, bytes)));
    }
  }
  await file.flush();
  const written = fs.readFileSync(path);
  t.ok(written.equals(expected.subarray(0, written.length)));
  t.ok(expected.subarray(written.length).every((byte) => byte === 0));
});

t.test('writes that nobody has waited for keep their order', async (t) => {
  const { file, path } = setUp(t);
  const chunks = [1, 2, 3, 4].map((value) => Buffer.alloc(200_000, value));
  for (const chunk of chunks) void file.write(chunk, 0);
  void file.write(Buffer.from('end'), 0);
  await file.flush();
  const written = fs.readFileSync(path);
  t.equal(written.toString('latin1', 0, 4), 'end\x04');
  t.equal(written.length, 200_000);
});

t.test('small is 16 KB, and one byte more is gathered', async (t) => {
  for (const [bytes, written] of [
    [16_384, 16_384],
    [16_385, 0],
  ] as const) {
    const { file, path } = setUp(t);
    await file.write(Buffer.alloc(bytes, 1), 0);
    t.equal(fs.statSync(path).size, written);
    await file.flush();
    t.equal(fs.statSync(path).size, bytes);
  }
});

t.test('what is small does not overtake what was asked before', async (t) => {
  const { file, path } = setUp(t);
  fs.writeFileSync(path, 'what was there');
  const cutting = file.truncate(0);
  await file.write(Buffer.from('new'), 0);
  await cutting;
  await file.flush();
  t.equal(fs.readFileSync(path, 'utf8'), 'new');
});

t.test('shorter and longer', async (t) => {
  const { file, path } = setUp(t);
  await file.write(Buffer.from('hello'), 0);
  await file.truncate(2);
  await file.write(Buffer.from('!'), 2);
  await file.truncate(5);
  await file.flush();
  t.equal(fs.readFileSync(path, 'utf8'), 'he!\0\0');
});

for (const size of [10, 100_000, 200_000]) {
  t.test(`what went wrong is told, and stays so (${size} bytes)`, async (t) => {
    const { file } = setUp(t, 'r');
    const writing = async (): Promise<void> => {
      await file.write(Buffer.alloc(size), 0);
      await file.flush();
    };
    await t.rejects(writing(), { code: 'EBADF' });
    await t.rejects(file.flush(), { code: 'EBADF' });
    await t.rejects(file.write(Buffer.alloc(1), 0), { code: 'EBADF' });
    await t.rejects(file.read(Buffer.alloc(1), 0), { code: 'EBADF' });
    await file.settled();
  });
}

// Regression: thousands of files that were begun, and went no further, kept a hundred kilobytes each.
t.test('many files together gather no more than so much', async (t) => {
  let used = 0;
  const budget: Budget = { add: (bytes) => void (used += bytes), isSpent: () => used > 16_384 };
  const folder = t.testdir();
  const files = ['a', 'b', 'c'].map((name) => {
    const path = join(folder, name);
    const fd = fs.openSync(path, 'w+');
    t.teardown(() => fs.closeSync(fd));
    return { path, file: createStagedFile(fd, budget) };
  });
  for (const { file } of files) await file.write(Buffer.alloc(50, 1), 0);
  t.equal(used, 0, 'what is written at once takes none');
  for (const { file } of files) await file.write(Buffer.alloc(50, 1), 50);
  t.equal(used, 32_768, 'the last that fits, and one past it');
  t.same(
    files.map(({ path }) => fs.statSync(path).size),
    [50, 50, 100],
    'who comes then is written at once',
  );
  for (const { file } of files) {
    await file.write(Buffer.alloc(200_000, 2), 100);
    await file.write(Buffer.alloc(100, 3), 200_100);
    await file.flush();
    await file.settled();
  }
  t.same(
    files.map(({ path }) => fs.statSync(path).size),
    [200_200, 200_200, 200_200],
  );
  t.equal(used, 0, 'all is given back');
});

t.test('a file that failed gives back what it had gathered', async (t) => {
  let used = 0;
  const { file } = setUp(t, 'r', { add: (bytes) => void (used += bytes), isSpent: () => false });
  await file.write(Buffer.alloc(100_000), 0);
  await t.rejects(file.flush());
  await file.settled();
  t.equal(used, 0);
});
