import t from 'tap';

import { systemClock } from '../../../src/certificates/acme/clock.ts';

t.test('a wait ends', async (t) => {
  t.equal(await systemClock.wait(1, new AbortController().signal), undefined);
});

t.test('an abort ends a wait with its own reason', async (t) => {
  const reason = new Error('stopping');
  const abortion = new AbortController();
  const waiting = systemClock.wait(3_600_000, abortion.signal);
  abortion.abort(reason);
  await t.rejects(waiting, reason);
  await t.rejects(systemClock.wait(3_600_000, AbortSignal.abort(reason)), reason);
});

t.test('the time is that of the system', async (t) => {
  t.ok(systemClock.now() >= Date.UTC(2026, 0, 1));
});
