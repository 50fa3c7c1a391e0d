import t from 'tap';

import type { DeliverableFile } from '../../src/files/draft.ts';
import { deliverFile, deliveryName } from '../../src/files/deliver-file.ts';
import { createMemoryDesk } from '../support/memory-desk.ts';
import { envelope } from '../support/spool.ts';

const fileOf = (text: string, size = text.length): DeliverableFile => ({
  size,
  read: async (buffer, position) => Buffer.from(text).copy(buffer, 0, position),
});

t.test('all of it, in chunks that are not used again', async (t) => {
  const desk = createMemoryDesk();
  const text = 'ab'.repeat(1_200_000);
  await using delivered = await deliverFile(desk, envelope(), fileOf(text));
  t.same(desk.taken, []);
  t.match(await delivered.commit(), { id: 'item 1' });
  t.ok(desk.taken[0]?.text === text);
  t.equal(desk.taken[0]?.envelope.size, text.length);
});

t.test('an empty one', async (t) => {
  const desk = createMemoryDesk();
  await using delivered = await deliverFile(desk, envelope(), fileOf(''));
  await delivered.commit();
  t.match(desk.taken, [{ text: '', envelope: { size: 0 } }]);
});

t.test('what is not committed is given up', async (t) => {
  const desk = createMemoryDesk();
  {
    await using delivered = await deliverFile(desk, envelope(), fileOf('x'));
    t.ok(delivered);
  }
  t.equal(desk.dropped(), 1);
});

t.test('and what has become shorter', async (t) => {
  const desk = createMemoryDesk();
  await t.rejects(deliverFile(desk, envelope(), fileOf('x', 2)), { message: 'the file has become shorter' });
  t.equal(desk.dropped(), 1);
});

t.test('names as deliveries take them', async (t) => {
  for (const [name, expected] of [
    ['a.txt', 'a.txt'],
    ['.bashrc', '_bashrc'],
    ['..x', '_.x'],
    ['a\\b', 'a_b'],
    ['Grüße', 'Grüße'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ] as const)
    t.equal(deliveryName(name), expected);
});
