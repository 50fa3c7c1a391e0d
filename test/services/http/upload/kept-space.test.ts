import t from 'tap';

import { NoSpaceError } from '../../../../src/contract/delivery.ts';
import { keepSpace } from '../../../../src/services/http/upload/kept-space.ts';
import { createSpace } from '../../../../src/system/space.ts';

const megabyte = 1024 ** 2;
const spaceOf = (free: number) =>
  createSpace({ files: { freeBytes: async () => free }, folder: '/srv', floor: 0, now: () => 0 });

t.test('what is announced is kept, and used up first', async (t) => {
  const space = spaceOf(100);
  const kept = await keepSpace(space, 60);
  await t.rejects(space.take(41), NoSpaceError);
  await kept.need(60);
  kept.wrote(60);
  await kept.need(40);
  await t.rejects(space.take(1), NoSpaceError);
  kept.giveBack();
  await space.take(40);
  await t.rejects(space.take(1), NoSpaceError, 'what is written is gone');
});

t.test('what does not fit is not kept', async (t) => {
  const space = spaceOf(100);
  await t.rejects(keepSpace(space, 101), NoSpaceError);
  const kept = await keepSpace(space, 100);
  await t.rejects(kept.need(101), NoSpaceError);
});

t.test('something large that was not announced takes its room in larger pieces', async (t) => {
  const space = spaceOf(8 * megabyte);
  const kept = await keepSpace(space, 0);
  await kept.need(4 * megabyte);
  await space.take(0);
  kept.wrote(4 * megabyte);
  await kept.need(1);
  await t.rejects(space.take(1), NoSpaceError);
  kept.giveBack();
  await space.take(4 * megabyte);
});

t.test('what has been given back is not given back twice', async (t) => {
  const space = spaceOf(100);
  const kept = await keepSpace(space, 100);
  kept.giveBack();
  kept.giveBack();
  await space.take(100);
  await t.rejects(space.take(1), NoSpaceError);
});
