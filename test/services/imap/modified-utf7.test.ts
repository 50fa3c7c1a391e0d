import t from 'tap';

import { decodeUtf7, encodeUtf7 } from '../../../src/services/imap/modified-utf7.ts';

t.test('there and back', async (t) => {
  for (const [text, encoded] of [
    ['', ''],
    ['INBOX', 'INBOX'],
    ['a&b', 'a&-b'],
    ['~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['\u{1f600}', '&2D3eAA-'],
    ['\u00fc\u00fc', '&APwA,A-'],
  ] as const) {
    t.equal(encodeUtf7(text), encoded);
    t.equal(decodeUtf7(encoded), text);
  }
});

t.test('what is not written in the one way there is', async (t) => {
  for (const text of ['&', 'a&b', '&AGE-', '&U,BTFw-&ZeVnLIqe-', '\u00fc', '&AP-', '&2D0-', 'a\tb'])
    t.equal(decodeUtf7(text), null, text);
});
