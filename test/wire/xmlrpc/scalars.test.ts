import t from 'tap';

import type { RpcValue } from '../../../src/contract/rpc.ts';
import { scalarTypes } from '../../../src/wire/xmlrpc/scalars.ts';

t.test('texts of each type', async (t) => {
  const cases: readonly (readonly [type: string, text: string, value: RpcValue | undefined])[] = [
    ['int', '-2147483648', -2147483648],
    ['int', '-2147483649', undefined],
    ['int', '2147483647', 2147483647],
    ['int', '2147483648', undefined],
    ['int', '+0012', 12],
    ['int', ' 4\n', 4],
    ['int', '-0', 0],
    ['int', '\u00a04', undefined],
    ['int', '4 2x', undefined],
    ['int', '4.0', undefined],
    ['int', '0x10', undefined],
    ['int', '1e3', undefined],
    ['int', '', undefined],
    ['int', '٣', undefined],
    ['i4', '7', 7],
    ['i8', '9007199254740991', 9007199254740991],
    ['i8', '9007199254740993', 9007199254740993n],
    ['i8', '-9223372036854775808', -9223372036854775808n],
    ['i8', '+9223372036854775807', 9223372036854775807n],
    ['i8', '9223372036854775808', undefined],
    ['i8', '-9223372036854775809', undefined],
    ['ex:i8', '5', 5],
    ['ex:i1', '127', 127],
    ['ex:i1', '128', undefined],
    ['ex:i1', '-128', -128],
    ['i1', '-129', undefined],
    ['ex:i2', '32767', 32767],
    ['i2', '32768', undefined],
    ['ex:biginteger', '123456789012345678901234567890', 123456789012345678901234567890n],
    ['biginteger', '12', 12],
    ['biginteger', '1'.repeat(64), BigInt('1'.repeat(64))],
    ['biginteger', '1'.repeat(65), undefined],
    ['boolean', '1', true],
    ['boolean', ' 0 ', false],
    ['boolean', 'true', undefined],
    ['boolean', '', undefined],
    ['string', ' as it is\t', ' as it is\t'],
    ['double', '-12.53', -12.53],
    ['double', '+.5', 0.5],
    ['double', '5.', 5],
    ['double', '1e-07', 1e-7],
    ['double', '1e400', undefined],
    ['double', 'nan', undefined],
    ['double', 'Infinity', undefined],
    ['double', '1,5', undefined],
    ['double', '.', undefined],
    ['double', '1'.repeat(2_001), undefined],
    ['double', '', undefined],
    ['float', '1.5', 1.5],
    ['ex:float', '1.5', 1.5],
    ['dateTime.iso8601', ' 19980717T14:14:55\n', new Date('1998-07-17T14:14:55Z')],
    ['dateTime.iso8601', 'yesterday', undefined],
    ['ex:dateTime', '1998-07-17T14:14:55.250+01:00', new Date('1998-07-17T13:14:55.250Z')],
    ['base64', 'eW91 IGNh\nbic=', new Uint8Array(Buffer.from("you can'"))],
    ['base64', '', new Uint8Array()],
    ['base64', 'eW91IGNhbic', undefined],
    ['base64', 'eW91-_==', undefined],
    ['base64', 'eR==', undefined],
    ['nil', '', null],
    ['nil', ' ', null],
    ['nil', 'x', undefined],
    ['ex:nil', '', null],
  ];
  for (const [type, text, value] of cases) t.strictSame(scalarTypes.get(type)?.(text), value, `${type} "${text}"`);
});

t.test('long texts take no more than linear time', async (t) => {
  const digits = '1'.repeat(1_000_000);
  for (const type of scalarTypes.keys()) {
    for (const text of [`${digits}x`, `${' '.repeat(1_000_000)}x`, `${digits}.${digits}x`])
      scalarTypes.get(type)?.(text);
  }
  t.pass('or this would not have come to its end');
});
