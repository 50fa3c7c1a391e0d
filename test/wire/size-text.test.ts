import t from 'tap';

import { formatLimit } from '../../src/wire/size-text.ts';

t.test('a limit is shown as it was written', async (t) => {
  for (const [bytes, text] of [
    [0, '0B'],
    [1, '1B'],
    [1023, '1023B'],
    [1024, '1KB'],
    [1025, '1025B'],
    [1536, '1536B'],
    [104_857_600, '100MB'],
    [10 * 1024 ** 3, '10GB'],
    [2048 * 1024 ** 3, '2048GB'],
  ] as const)
    t.equal(formatLimit(bytes), text);
});
