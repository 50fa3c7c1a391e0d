import t from 'tap';

import type { DescriptorWriter } from '../../../src/logging/links/descriptor.ts';
import { createDescriptorLink } from '../../../src/logging/links/descriptor.ts';

type Answer = number | 'EAGAIN' | 'EINTR' | 'ENOSPC';

/** A descriptor that takes as many bytes at a time, or fails, as the test says; then it takes everything. */
function setUp(answers: readonly Answer[] = [], isTorn = false) {
  const queue = [...answers];
  const written: string[] = [];
  const torn: boolean[] = [];
  const counts = { released: 0 };
  const held: (() => void)[] = [];
  const hold = { is: false };
  const take = (bytes: Buffer): number => {
    const answer = queue.shift() ?? bytes.length;
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
    written.push(bytes.toString('utf8', 0, answer));
    return answer;
  };
  const writer: DescriptorWriter = {
    write(_, buffer, offset, length, _position, done) {
      const run = (): void => {
        let count = 0;
        let error: NodeJS.ErrnoException | null = null;
        try {
          count = take(buffer.subarray(offset, offset + length));
        } catch (failure) {
          error = failure as NodeJS.ErrnoException;
        }
        done(error, count);
      };
      if (hold.is) held.push(run);
      else setImmediate(run);
    },
    writeSync: (_, buffer, offset, length) => take(buffer.subarray(offset, offset + length)),
  };
  const link = createDescriptorLink({
    fd: 99,
    writer,
    isTorn,
    torn: (yes) => torn.push(yes),
    released: () => (counts.released += 1),
  });
  const send = (lines: readonly string[]): Promise<[string | null, number]> =>
    new Promise((resolve) => link.send(lines, (error, sent) => resolve([error?.message ?? null, sent])));
  return { link, send, written, torn, counts, held, hold };
}

t.test('lines become one write', async (t) => {
  const { send, written } = setUp();
  t.same(await send(['a\n', 'ü\n']), [null, 2]);
  t.same(written, ['a\nü\n']);
});

t.test('a partial write goes on where it stopped', async (t) => {
  const { send, written } = setUp([3, 1]);
  t.same(await send(['ab\n', 'cd\n']), [null, 2]);
  t.same(written, ['ab\n', 'c', 'd\n']);
});

t.test('a busy descriptor is asked again', async (t) => {
  const { send, written } = setUp(['EAGAIN', 2, 'EINTR']);
  t.same(await send(['ab\n']), [null, 1]);
  t.same(written, ['ab', '\n']);
});

t.test('a failure says how many lines are whole', async (t) => {
  t.same(await setUp(['ENOSPC']).send(['ab\n', 'cd\n']), ['ENOSPC', 0]);
  t.same(await setUp([2, 'ENOSPC']).send(['ab\n', 'cd\n']), ['ENOSPC', 0]);
  t.same(await setUp([3, 'ENOSPC']).send(['ab\n', 'cd\n']), ['ENOSPC', 1]);
  t.same(await setUp([5, 'ENOSPC']).send(['ab\n', 'cd\n']), ['ENOSPC', 1]);
  t.same(await setUp([0]).send(['ab\n']), ['nothing could be written', 0]);
});

t.test('an unfinished line is ended before the next one', async (t) => {
  const first = setUp([2, 'ENOSPC']);
  await first.send(['ab\n']);
  t.same(first.torn, [true]);
  const second = setUp(['ENOSPC'], true);
  await second.send(['ab\n']);
  t.same(second.torn, [true], 'still unfinished when nothing could be written');
  const third = setUp([], true);
  t.same(await third.send(['ab\n']), [null, 1]);
  t.same(third.written, ['\nab\n']);
  t.same(third.torn, [false]);
});

t.test('the descriptor is released when nothing writes any more', async (t) => {
  const { link, send, counts, held, hold } = setUp();
  hold.is = true;
  const sending = send(['a\n']);
  link.close();
  link.close();
  t.equal(counts.released, 0);
  held[0]!();
  await sending;
  t.equal(counts.released, 1);

  const idle = setUp();
  idle.link.close();
  t.equal(idle.counts.released, 1);
});

t.test('at the end: first the rest of what was waiting, then what is new', async (t) => {
  const { link, written } = setUp([2, 'EAGAIN', 'EAGAIN']);
  link.send(['abc\n'], () => {});
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  link.sendNow(['d\n']);
  t.same(written, ['ab', 'c\nd\n']);
});

t.test('at the end a descriptor that fails is left alone, and one that stays busy too', async (t) => {
  const failing = setUp(['ENOSPC']);
  failing.link.sendNow(['d\n']);
  t.same(failing.written, []);
  const busy = setUp(Array.from({ length: 30 }, () => 'EAGAIN' as const));
  busy.link.sendNow(['d\n']);
  t.same(busy.written, []);
});
