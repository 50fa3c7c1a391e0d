// More than a subject has.
const maxLength = 8_192;

/** A header's text with its encoded words (RFC 2047) read; what cannot be read stays as it is. Control characters become spaces. */
export function decodeEncodedWords(text: string): string {
  const bounded = text.slice(0, maxLength);
  // RFC 2047 6.2: spaces between two encoded words are not shown.
  const joined = bounded.replace(/(=\?[^?\s]{1,80}\?[BbQq]\?[^?\s]*\?=)[ \t]+(?==\?[^?\s]{1,80}\?[BbQq]\?)/g, '$1');
  return joined
    .replace(/((?:=\?[^?\s]{1,80}\?[BbQq]\?[^?\s]*\?=)+)/g, (words) => decodeRow(words))
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** Words of one charset that follow each other are one text: some mailers cut characters in two. */
function decodeRow(row: string): string {
  let text = '';
  let charset = '';
  let bytes: Buffer[] = [];
  const flush = (): void => {
    if (bytes.length > 0) text += decode(charset, Buffer.concat(bytes));
    bytes = [];
  };
  for (const [, given = '', encoding = '', content = ''] of row.matchAll(/=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=/g)) {
    // RFC 2231 5: a language may follow.
    const [name = ''] = given.toLowerCase().split('*');
    if (name !== charset) flush();
    charset = name;
    bytes.push(encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : fromQ(content));
  }
  flush();
  return text;
}

function fromQ(content: string): Buffer {
  const text = content.replaceAll('_', ' ');
  return Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function decode(charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset that nobody knows.
    return bytes.toString('latin1');
  }
}
