import { X509Certificate } from 'node:crypto';

import t from 'tap';

import { validityOf } from '../../src/certificates/validity.ts';
import { dayMs, make, noon } from './made.ts';

t.test('the first and the last moment', async (t) => {
  t.same(validityOf(make().certificate), { notBefore: noon - dayMs, notAfter: noon + 10 * dayMs });
  t.equal(validityOf(make({ notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) }).certificate).notAfter, 253_402_300_799_000);
});

for (const [what, found, put] of [
  ['a month of letters', '260125120000Z', '26xx25120000Z'],
  ['the 99th month', '260125120000Z', '269925120000Z'],
  ['no zone', '260125120000Z', '2601251200000'],
  ['a beginning of letters', '260114120000Z', 'aaaaaaaaaaaaa'],
] as const) {
  t.test(`${what} is no date`, async (t) => {
    const { raw } = make().certificate;
    raw.write(put, raw.indexOf(found), 'latin1');
    t.throws(() => validityOf(new X509Certificate(raw)), { message: 'its dates are none' });
  });
}
