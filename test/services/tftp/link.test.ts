import t from 'tap';

import { createInbox, maxWaitingBytes, maxWaitingPackets } from '../../../src/services/tftp/link.ts';

t.test('gives packets in their order, also to who waits already', async (t) => {
  const inbox = createInbox();
  const waiting = inbox.receive(5_000);
  inbox.push(Buffer.from('one'));
  inbox.push(Buffer.from('two'));
  t.equal((await waiting)?.toString(), 'one');
  t.equal((await inbox.receive(0))?.toString(), 'two');
  t.equal(await inbox.receive(0), null);
  t.equal(await inbox.receive(1), null);
});

t.test('ends for who waits and for who comes later', async (t) => {
  const inbox = createInbox();
  const waiting = inbox.receive(5_000);
  inbox.end(new Error('over'));
  await t.rejects(waiting, { message: 'over' });
  await t.rejects(inbox.receive(0), { message: 'over' });
});

t.test('keeps so many packets and bytes, and drops what is more', async (t) => {
  const many = createInbox();
  for (let index = 0; index <= maxWaitingPackets; index += 1) many.push(Buffer.of(index & 0xff));
  let kept = 0;
  while ((await many.receive(0)) !== null) kept += 1;
  t.equal(kept, 256);
  const large = createInbox();
  large.push(Buffer.alloc(maxWaitingBytes - 1));
  large.push(Buffer.alloc(2));
  large.push(Buffer.alloc(1));
  const sizes: number[] = [];
  for (let packet = await large.receive(0); packet !== null; packet = await large.receive(0)) sizes.push(packet.length);
  t.same(sizes, [1_048_575, 1]);
});
