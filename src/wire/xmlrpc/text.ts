// What XML cannot carry at all (XML 1.0, 2.2), and what has to be written otherwise. A bare CR would be read as a line feed (2.11).
// oxlint-disable-next-line no-control-regex -- those are what it is about
const special = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/** Text as it stands between tags. Throws a RangeError for characters that XML cannot carry. */
export function escapeXml(text: string): string {
  return special.test(text) ? escapeSlowly(text) : text;
}

function escapeSlowly(text: string): string {
  const found = forbidden.exec(text);
  if (found !== null) {
    throw new RangeError(`XML cannot carry the character U+${found[0].charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
  if (!text.isWellFormed()) throw new RangeError('XML cannot carry half a surrogate pair');
  return text.replaceAll(/[&<>\r]/g, (character) => references[character] ?? character);
}

/** The text with U+FFFD for whatever XML cannot carry. */
export function cleanXml(text: string): string {
  return text.toWellFormed().replaceAll(new RegExp(forbidden, 'g'), '\ufffd');
}

/** Without the white space of XML around it, which is not all that other languages have. */
export function trimXml(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
