import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { createSpace } from '../../src/system/space.ts';

function setUp(atFirst: number, floor: number) {
  let free = atFirst;
  const asked: string[] = [];
  const refused: unknown[] = [];
  let isBroken = false;
  let now = 0;
  const space = createSpace({
    files: {
      async freeBytes(folder) {
        asked.push(folder);
        if (isBroken) throw new Error('no such folder');
        return free;
      },
    },
    folder: '/spool',
    floor,
    refused: (...what) => void refused.push(what),
    now: () => now,
  });
  return {
    space,
    asked,
    refused,
    pass: (ms: number) => void (now += ms),
    fill: (bytes: number) => void (free -= bytes),
    break: () => void (isBroken = true),
  };
}

t.test('down to the floor, and not below', async (t) => {
  const { space } = setUp(1_000, 100);
  await space.take(900);
  await t.rejects(space.take(1), NoSpaceError);
  await space.take(0);
});

t.test('below the floor nothing is taken, not even nothing', async (t) => {
  const { space } = setUp(99, 100);
  await t.rejects(space.take(0), NoSpaceError);
});

t.test('the disk is asked twice a second', async (t) => {
  const { space, asked, pass, fill } = setUp(1_000, 0);
  await Promise.all([space.take(10), space.take(10)]);
  fill(-1_000);
  pass(499);
  await space.take(980);
  await t.rejects(space.take(1), NoSpaceError);
  t.same(asked, ['/spool']);
  pass(1);
  await space.take(1);
  t.same(asked, ['/spool', '/spool']);
});

// Regression: what had been announced was forgotten when the disk, which did not have it yet, was asked again.
t.test('what was taken and not written yet is kept, however often the disk is asked', async (t) => {
  const { space, pass, fill } = setUp(1_000, 100);
  await space.take(600);
  pass(1_000);
  await t.rejects(space.take(301), NoSpaceError);
  await space.take(300);

  fill(600);
  space.wrote(600);
  await t.rejects(space.take(1), NoSpaceError, 'written, and the disk not asked yet');
  pass(500);
  await t.rejects(space.take(1), NoSpaceError, 'written, and the disk knows');

  space.giveBack(300);
  await t.rejects(space.take(301), NoSpaceError);
  await space.take(300);
});

t.test('what is written while the disk is asked counts as not in its answer', async (t) => {
  const { space, pass } = setUp(1_000, 0);
  await space.take(400);
  pass(500);
  const asking = space.take(600);
  space.wrote(400);
  await asking;
  await t.rejects(space.take(1), NoSpaceError);
});

t.test('a disk that cannot be asked is told of, and asked again', async (t) => {
  const bench = setUp(1_000, 0);
  bench.break();
  await t.rejects(bench.space.take(1), { message: 'no such folder' });
  await t.rejects(bench.space.take(1), { message: 'no such folder' });
  t.equal(bench.asked.length, 2);
});

t.test('a floor that is reached is told, but not what would fit on no disk', async (t) => {
  const full = setUp(999, 1_000);
  await t.rejects(full.space.take(1), { message: /daemon\.spool_free/ });
  t.same(full.refused, [['/spool', 999]]);
  const roomy = setUp(10_000_000, 1_000);
  await t.rejects(roomy.space.take(20_000_000), NoSpaceError);
  t.same(roomy.refused, []);
});
