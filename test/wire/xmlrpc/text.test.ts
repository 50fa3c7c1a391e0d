import t from 'tap';

import { cleanXml, escapeXml, trimXml } from '../../../src/wire/xmlrpc/text.ts';

t.test('escapes what would be markup, and a CR, which would be read as LF', async (t) => {
  t.equal(escapeXml('plain'), 'plain');
  t.equal(escapeXml('a<b>&c]]>\r\n\t"\'é😀\u0085'), 'a&lt;b&gt;&amp;c]]&gt;&#13;\n\t"\'é😀\u0085');
});

t.test('refuses what XML cannot carry', async (t) => {
  for (const character of ['\0', '\b', '\u000b', '\u000c', '\u001f', '\ufffe', '\uffff']) {
    t.throws(() => escapeXml(`a${character}b`), { name: 'RangeError', message: /^XML cannot carry the character U\+/ });
  }
  t.throws(() => escapeXml('\u001b[2J'), { message: 'XML cannot carry the character U+001b' });
  t.throws(() => escapeXml('\ud83d'), { message: 'XML cannot carry half a surrogate pair' });
});

t.test('or puts a mark in its place', async (t) => {
  t.equal(cleanXml('a\0b\ud83dc\u001b😀\n<'), 'a\ufffdb\ufffdc\ufffd😀\n<');
});

t.test('trims what XML calls white space', async (t) => {
  t.equal(trimXml(' \t\r\n a b \n'), 'a b');
  t.equal(trimXml('a'), 'a');
  t.equal(trimXml(' \n'), '');
  t.equal(trimXml('\u00a0a\ufeff'), '\u00a0a\ufeff');
});
