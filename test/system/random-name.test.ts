import t from 'tap';

import { randomName } from '../../src/system/random-name.ts';

t.test('16 hexadecimal digits, others each time', async (t) => {
  const names = Array.from({ length: 1_000 }, randomName);
  t.ok(names.every((name) => /^[0-9a-f]{16}$/.test(name)));
  t.equal(new Set(names).size, 1_000);
});
