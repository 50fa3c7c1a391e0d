import t from 'tap';

import type { JournalBlock, JournalEntry } from '../../src/contract/journal.ts';
import { parseBlock } from '../../src/wire/journal-block.ts';
import { createJournalWriter, type JournalWriter } from '../../src/wire/journal-writer.ts';

const entry = (started: number, duration = 0): JournalEntry => ({
  id: '0123456789ab',
  service: 'echo',
  peer: '192.0.2.1:1',
  local: '127.0.0.1:7',
  account: null,
  tls: null,
  started,
  duration,
  bytes: { in: 0, out: 0 },
  reason: 'end',
});

const takeAll = (writer: JournalWriter): JournalBlock[] => {
  const blocks: JournalBlock[] = [];
  for (let block = writer.take(); block !== null; block = writer.take()) blocks.push(block);
  return blocks;
};

t.test('where nothing has ended, there is nothing to take', async (t) => {
  t.equal(createJournalWriter().take(), null);
});

t.test('a block has what was added since the last one, and its earliest and latest end', async (t) => {
  const writer = createJournalWriter();
  t.equal(writer.add(entry(5_000, 1)), false);
  writer.add(entry(1_000, 2));
  writer.add(entry(7_000));
  const block = writer.take();
  t.match(block, { from: 3_000, to: 7_000, count: 3 });
  t.same(parseBlock(block?.text ?? '').entries, [entry(5_000, 1), entry(1_000, 2), entry(7_000)]);
  t.equal(writer.take(), null);
  writer.add(entry(8_000));
  t.match(writer.take(), { from: 8_000, to: 8_000, count: 1 });
});

t.test('a block of 512 is full', async (t) => {
  const writer = createJournalWriter();
  const answers = Array.from({ length: 513 }, (_, i) => writer.add(entry(i)));
  t.equal(answers.indexOf(true), 511);
  t.same(
    takeAll(writer).map(({ count }) => count),
    [512, 1],
  );
});

t.test('ends in one block are at most a minute apart', async (t) => {
  const writer = createJournalWriter();
  for (const started of [100_000, 160_000, 100_000]) t.equal(writer.add(entry(started)), false);
  t.equal(writer.add(entry(160_001)), true, 'the clock went ahead');
  t.equal(writer.add(entry(100_000)), true, 'and back');
  t.match(takeAll(writer), [
    { from: 100_000, to: 160_000, count: 3 },
    { from: 160_001, to: 160_001, count: 1 },
    { from: 100_000, to: 100_000, count: 1 },
  ]);
});

t.test('where nobody takes them, the oldest blocks are dropped and counted', async (t) => {
  const writer = createJournalWriter();
  for (let i = 0; i < 64 * 512; i += 1) writer.add(entry(i));
  t.equal(writer.lost(), 0, 'at the limit');
  for (let i = 0; i < 512; i += 1) writer.add(entry(64 * 512 + i));
  t.equal(writer.lost(), 512, 'one past it');
  t.equal(writer.lost(), 0, 'told once');
  const blocks = takeAll(writer);
  t.equal(blocks.length, 64);
  t.equal(blocks[0]?.from, 512);
});
