import t from 'tap';

import { isReflector } from '../../src/wire/reflection.ts';

t.test('knows the ports of services that answer anything', async (t) => {
  for (const port of [0, 7, 13, 17, 19, 37]) t.equal(isReflector(port), true, `${port}`);
  for (const port of [1, 6, 8, 9, 12, 14, 18, 20, 36, 38, 53, 2007, 40_000, 65_535])
    t.equal(isReflector(port), false, `${port}`);
});
