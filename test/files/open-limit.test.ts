import t from 'tap';

import { createOpenLimit } from '../../src/files/open-limit.ts';

t.test('half of the descriptors are for files', async (t) => {
  const limit = createOpenLimit(9);
  const refusal = { name: 'TemporaryError', message: 'too many files are open already' };
  const first = limit.take(3);
  t.throws(() => limit.take(2), refusal);
  limit.take(1);
  t.throws(() => limit.take(1), refusal);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  limit.take(3);
  t.throws(() => limit.take(1), refusal);
});
