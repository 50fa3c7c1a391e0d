import t from 'tap';

import { fileTime } from '../../src/files/file-time.ts';

t.test('seconds, to the microsecond, and dates for what was before 1970', async (t) => {
  t.equal(fileTime(0), 0);
  t.equal(fileTime(1_500.25), 1.50025);
  t.same(fileTime(-1_000), new Date('1969-12-31T23:59:59Z'));
});
