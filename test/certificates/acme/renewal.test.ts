import t from 'tap';

import { jitterOf, renewAt, sleepUntil, waitAfterFailure } from '../../../src/certificates/acme/renewal.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

t.test('a renewal comes when a third of the lifetime is left, or a little later', async (t) => {
  const cases = [
    // days, jitter, days left
    [90, 0, 30],
    [90, 0.5, 28.5],
    [90, 1, 27],
    [6, 0, 2],
    [6, 1, 1.8],
    [3650, 0, 3650 / 3],
  ] as const;
  for (const [days, jitter, left] of cases) {
    const notBefore = Date.UTC(2030, 0, 1);
    const notAfter = notBefore + days * dayMs;
    t.equal(renewAt({ notBefore, notAfter }, jitter), Math.round(notAfter - left * dayMs), `${days} days, ${jitter}`);
  }
});

t.test('jitter belongs to the text', async (t) => {
  // The first four bytes of SHA-256 are e3b0c442 and ba7816bf.
  t.equal(jitterOf(''), 0xe3b0c442 / 2 ** 32);
  t.equal(jitterOf('abc'), 0xba7816bf / 2 ** 32);
});

t.test('pauses after failures grow from a minute to a day', async (t) => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((failures) =>
    waitAfterFailure({ failures, retryAfterMs: null, leftMs: 0, random: 0 }),
  );
  const minutes = [1, 4, 16, 64, 256, 1024, 1440, 1440, 1440];
  t.same(
    pauses.map((ms) => ms / minuteMs),
    minutes,
  );
});

t.test('pauses are spread', async (t) => {
  t.equal(waitAfterFailure({ failures: 1, retryAfterMs: null, leftMs: 0, random: 1 }), 72_000);
});

t.test('the authority is never asked earlier than it wants', async (t) => {
  t.equal(waitAfterFailure({ failures: 1, retryAfterMs: 2 * hourMs, leftMs: 0, random: 0 }), 2 * hourMs);
  t.equal(waitAfterFailure({ failures: 8, retryAfterMs: 7 * dayMs, leftMs: hourMs, random: 0 }), 7 * dayMs);
  t.equal(waitAfterFailure({ failures: 4, retryAfterMs: 1, leftMs: 0, random: 0 }), 64 * minuteMs);
});

t.test('a certificate that runs out soon is not slept over', async (t) => {
  const wait = (leftMs: number): number => waitAfterFailure({ failures: 8, retryAfterMs: null, leftMs, random: 0 });
  t.equal(wait(30 * dayMs), dayMs);
  t.equal(wait(2 * dayMs), 12 * hourMs);
  t.equal(wait(3 * hourMs), hourMs);
  t.equal(wait(1), hourMs);
  t.equal(wait(-1), dayMs);
});

t.test('timers sleep an hour at most', async (t) => {
  t.equal(sleepUntil(5_000, 4_000), 1_000);
  t.equal(sleepUntil(4_000, 5_000), 0);
  t.equal(sleepUntil(hourMs, 0), hourMs);
  t.equal(sleepUntil(hourMs + 1, 0), hourMs);
});
