import t from 'tap';

import { checkClock } from '../../src/doctor/clock.ts';

t.test('a clock that is before this program', async (t) => {
  t.match(checkClock(null, Date.UTC(1970, 0, 2)), [{ severity: 'error', message: /1970-01-02.*before this program/ }]);
});

t.test('a clock of now', async (t) => {
  t.notMatch(checkClock(null), [{ severity: 'error' }]);
});
