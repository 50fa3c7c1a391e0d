import t from 'tap';

import type { Link } from '../../../src/logging/link.ts';
import { createLocalTarget } from '../../../src/logging/links/local.ts';

const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

type Outcome = 'sent' | 'full' | 'down';

/** A log socket that answers as the test says, and takes everything after that. */
function setUp(outcomes: readonly Outcome[] = []) {
  const queue = [...outcomes];
  const taken: string[] = [];
  const counts = { closed: 0 };
  let link: Link | undefined;
  const open = createLocalTarget('/dev/log', () => ({
    send(bytes) {
      const outcome = queue.shift() ?? 'sent';
      if (outcome === 'sent') taken.push(Buffer.from(bytes).toString());
      return outcome;
    },
    close: () => void (counts.closed += 1),
  }));
  open({ opened: (opened) => void (link = opened), broke() {} });
  const send = (lines: readonly string[]): Promise<[string | null, number]> =>
    new Promise((resolve) => link!.send(lines, (error, sent) => resolve([error?.message ?? null, sent])));
  return { link: link!, send, taken, counts };
}

t.test('one line, one message', async (t) => {
  const { link, send, taken } = setUp();
  t.same(await send(['a', 'b']), [null, 2]);
  link.sendNow(['c']);
  t.same(taken, ['a', 'b', 'c']);
});

t.test('a full socket is asked again', async (t) => {
  const { send, taken } = setUp(['sent', 'full', 'full']);
  t.same(await send(['a', 'b']), [null, 2]);
  t.same(taken, ['a', 'b']);
});

t.test('nobody listens', async (t) => {
  const { send } = setUp(['sent', 'down']);
  t.same(await send(['a', 'b']), ['nothing listens at /dev/log', 1]);
});

t.test('closed while the socket is full', async (t) => {
  const { link, send, counts } = setUp(['full']);
  const sending = send(['a']);
  link.close();
  t.same(await sending, ['closed while sending', 0]);
  t.equal(counts.closed, 1);
});
