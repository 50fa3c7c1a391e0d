import t from 'tap';

import { encodeScgiHeader } from '../../src/wire/scgi.ts';

t.test('a header is a netstring that begins with the length', async (t) => {
  // The example of the specification.
  const header = encodeScgiHeader({ REQUEST_METHOD: 'POST', REQUEST_URI: '/deepthought' }, 27);
  t.equal(header.toString(), '70:CONTENT_LENGTH\x0027\0SCGI\x001\0REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0,');
});

t.test('lengths are of bytes', async (t) => {
  t.equal(encodeScgiHeader({ A: 'ü' }, 0).toString(), '29:CONTENT_LENGTH\x000\0SCGI\x001\0A\0ü\0,');
});

t.test('what comes first comes once', async (t) => {
  t.equal(encodeScgiHeader({ CONTENT_LENGTH: '5', SCGI: '2' }, 5).toString(), '24:CONTENT_LENGTH\x005\0SCGI\x001\0,');
});

t.test('a NUL would end a value early', async (t) => {
  t.throws(() => encodeScgiHeader({ A: 'a\0b' }, 0), RangeError);
  t.throws(() => encodeScgiHeader({ 'A\0': 'b' }, 0), RangeError);
});
