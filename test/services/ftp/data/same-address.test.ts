import t from 'tap';

import { isSameAddress } from '../../../../src/services/ftp/data/same-address.ts';

t.test('the same address, however it is written', async (t) => {
  const table: readonly [one: string, other: string, same: boolean][] = [
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['::FFFF:192.0.2.1', '192.0.2.1', true],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['::1', '127.0.0.1', false],
    ['', '192.0.2.1', false],
  ];
  for (const [one, other, same] of table) t.equal(isSameAddress(one, other), same, `${one} and ${other}`);
});
