import t from 'tap';

import { createOpenLimit } from '../../src/files/open-limit.ts';

t.test('as many as half of the descriptors are enough for, two each', async (t) => {
  const limit = createOpenLimit(9);
  const first = limit.take();
  limit.take();
  t.throws(() => limit.take(), { name: 'TemporaryError', message: '2 files are open already' });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  limit.take();
  t.throws(() => limit.take(), { name: 'TemporaryError' });
});
