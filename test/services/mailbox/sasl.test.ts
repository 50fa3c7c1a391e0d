import t from 'tap';

import { decodeBase64, decodeInitial, isMechanism, parsePlain } from '../../../src/services/mailbox/sasl.ts';

t.test('PLAIN', async (t) => {
  const cases: readonly (readonly [message: string, login: object | null])[] = [
    ['\0alice\0sesame', { name: 'alice', password: 'sesame' }],
    ['alice\0alice\0sesame', { name: 'alice', password: 'sesame' }],
    ['\0älice\0', { name: 'älice', password: '' }],
    ['bob\0alice\0sesame', null],
    ['\0\0sesame', null],
    ['alice\0sesame', null],
    ['\0alice\0sesame\0', null],
    ['', null],
  ];
  for (const [message, login] of cases) t.same(parsePlain(Buffer.from(message)), login, JSON.stringify(message));
});

t.test('base64', async (t) => {
  const cases: readonly (readonly [text: string, decoded: string | null])[] = [
    ['', ''],
    ['YQ==', 'a'],
    ['YWI=', 'ab'],
    ['YWJj', 'abc'],
    ['YQ', null],
    ['YQ=', null],
    ['Y===', null],
    ['Y Q=', null],
    ['YQ==YQ==', null],
    ['_-==', null],
    ['*', null],
  ];
  for (const [text, decoded] of cases) t.equal(decodeBase64(text)?.toString() ?? null, decoded, text);
  t.equal(decodeInitial('=')?.length, 0);
  t.equal(decodeInitial('YQ==')?.toString(), 'a');
});

t.test('mechanisms', async (t) => {
  t.same(['PLAIN', 'LOGIN', 'plain', 'CRAM-MD5', ''].map(isMechanism), [true, true, false, false, false]);
});
