import t from 'tap';

import { createXmlDecoder } from '../../../src/wire/xmlrpc/xml-decoder.ts';

function decode(bytes: Buffer, charset: string | null = null, pieceBytes = bytes.length): string {
  const decoder = createXmlDecoder(charset);
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) text += decoder.write(bytes.subarray(at, at + pieceBytes));
  return text + decoder.end();
}

const declared = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>`;

t.test('the byte order mark comes first, then the charset, then the declaration', async (t) => {
  const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
  const cases: readonly (readonly [name: string, bytes: Buffer, charset: string | null, text: string])[] = [
    ['nothing said', Buffer.from('<a>é</a>'), null, '<a>é</a>'],
    [
      'declared',
      Buffer.from(`${declared('ISO-8859-1')}<a>\xe9\x80</a>`, 'latin1'),
      null,
      `${declared('ISO-8859-1')}<a>é\x80</a>`,
    ],
    [
      'single quotes',
      Buffer.from("<?xml version='1.0' encoding='latin1'?>\xe9", 'latin1'),
      null,
      "<?xml version='1.0' encoding='latin1'?>é",
    ],
    ['charset', Buffer.from(`${declared('utf-8')}\xe9`, 'latin1'), 'ISO-8859-1', `${declared('utf-8')}é`],
    ['mark of UTF-8', Buffer.from(`\ufeff${declared('latin1')}é`), 'latin1', `\ufeff${declared('latin1')}é`],
    ['mark of UTF-16', utf16('<a>é</a>'), null, '\ufeff<a>é</a>'],
    ['mark of UTF-16, the other way', utf16('<a>é</a>').swap16(), null, '\ufeff<a>é</a>'],
    ['windows-1252', Buffer.from(`${declared('windows-1252')}\x80`, 'latin1'), null, `${declared('windows-1252')}€`],
    [
      'Shift_JIS',
      Buffer.concat([Buffer.from(declared('Shift_JIS')), Buffer.from('93fa', 'hex')]),
      null,
      `${declared('Shift_JIS')}日`,
    ],
    ['us-ascii', Buffer.from(`${declared('US-ASCII')}<a/>`), null, `${declared('US-ASCII')}<a/>`],
    ['short', Buffer.from('<a>'), null, '<a>'],
    ['empty', Buffer.alloc(0), null, ''],
  ];
  for (const [name, bytes, charset, text] of cases) {
    t.equal(decode(bytes, charset), text, name);
    t.equal(decode(bytes, charset, 1), text, `${name}, a byte at a time`);
  }
});

t.test('bytes that are no text are a fault', async (t) => {
  const cases: readonly (readonly [bytes: Buffer, charset: string | null])[] = [
    [Buffer.from('<a>\xe9</a>', 'latin1'), null],
    [Buffer.from('<a>\xe2\x82', 'latin1'), null],
    [Buffer.from('3c613eeda080', 'hex'), null],
    [Buffer.from('<a>é'), 'us-ascii'],
    [Buffer.from('<a/>'.repeat(2) + 'x'), 'utf-16'],
  ];
  for (const [bytes, charset] of cases) {
    t.throws(() => decode(bytes, charset), { name: 'XmlRpcFault', code: -32700 });
    t.throws(() => decode(bytes, charset, 1), { name: 'XmlRpcFault', code: -32700 });
  }
});

t.test('so is an encoding that nobody knows', async (t) => {
  t.throws(() => decode(Buffer.from(declared('EBCDIC'))), { code: -32701, message: 'unsupported encoding "ebcdic"' });
  t.throws(() => decode(Buffer.from('<a/>'), 'x'.repeat(100)), { code: -32701 });
});

t.test('a declaration that does not end is none', async (t) => {
  const text = `<?xml ${' '.repeat(600)}encoding="EBCDIC"?>`;
  t.equal(decode(Buffer.from(text)), text);
});
