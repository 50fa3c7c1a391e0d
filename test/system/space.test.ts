import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { createSpace } from '../../src/system/space.ts';

function setUp(free: number, floor: number) {
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
  return { space, asked, refused, pass: (ms: number) => void (now += ms), break: () => void (isBroken = true) };
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
  const { space, asked, pass } = setUp(1_000, 0);
  await Promise.all([space.take(10), space.take(10)]);
  pass(499);
  await space.take(980);
  await t.rejects(space.take(1), NoSpaceError);
  t.same(asked, ['/spool']);
  pass(1);
  await space.take(1);
  t.same(asked, ['/spool', '/spool']);
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
