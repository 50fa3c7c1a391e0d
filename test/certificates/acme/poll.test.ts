import t from 'tap';

import { AcmeError } from '../../../src/certificates/acme/acme-error.ts';
import { poll, type Look } from '../../../src/certificates/acme/poll.ts';
import { createFakeClock } from './clients.ts';

const { signal } = new AbortController();
const tooSlow = (): AcmeError => new AcmeError('too slow');

/** Looks that give these pauses, then "done". */
const looksOf = (pauses: readonly (number | null)[]) => {
  const left = [...pauses];
  return async (): Promise<Look<string>> => {
    const retryAfterMs = left.shift();
    return retryAfterMs === undefined ? { value: 'done', retryAfterMs: null } : { value: null, retryAfterMs };
  };
};

t.test('what is there at once is not waited for', async (t) => {
  const { clock, waits } = createFakeClock();
  t.equal(await poll(looksOf([]), { clock, timeoutMs: 0, signal, tooSlow }), 'done');
  t.same(waits, []);
});

t.test('pauses grow up to the longest', async (t) => {
  const { clock, waits } = createFakeClock();
  await poll(looksOf([null, null, null, null, null, null]), { clock, timeoutMs: 60_000, signal, tooSlow });
  t.same(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

t.test('pauses are as long as is wanted, but a second at least', async (t) => {
  const { clock, waits } = createFakeClock();
  await poll(looksOf([0, 30_000, 999]), { clock, timeoutMs: 60_000, signal, tooSlow });
  t.same(waits, [1_000, 30_000, 1_000]);
});

t.test('there is a last look when the time is over', async (t) => {
  const inTime = createFakeClock();
  t.equal(await poll(looksOf([40_000, 40_000]), { ...inTime, timeoutMs: 60_000, signal, tooSlow }), 'done');
  t.same(inTime.waits, [40_000, 20_000]);
  const late = createFakeClock();
  await t.rejects(poll(looksOf([40_000, 40_000, 40_000]), { ...late, timeoutMs: 60_000, signal, tooSlow }), {
    message: 'too slow',
  });
  t.same(late.waits, [40_000, 20_000]);
});

t.test('an abort ends it', async (t) => {
  const { clock } = createFakeClock();
  const reason = new Error('stopping');
  const aborted = AbortSignal.abort(reason);
  await t.rejects(poll(looksOf([null]), { clock, timeoutMs: 60_000, signal: aborted, tooSlow }), reason);
});
