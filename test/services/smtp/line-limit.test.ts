import t from 'tap';

import { createLineLimit } from '../../../src/services/smtp/line-limit.ts';

t.test('lines of 65536 bytes with their ending', async (t) => {
  const fits = Buffer.from(`${'x'.repeat(65_534)}\r\n`);
  const lines = createLineLimit();
  t.doesNotThrow(() => [fits, fits, Buffer.concat([fits, fits])].forEach((chunk) => lines.look(chunk)));
  t.throws(() => lines.look(Buffer.from(`x${fits.toString()}`)), { message: /^5\.6\.0 / });
  const slow = createLineLimit();
  slow.look(Buffer.alloc(65_536, 'x'));
  t.throws(() => slow.look(Buffer.from('x')), { message: /^5\.6\.0 / });
});
