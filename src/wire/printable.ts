// Text from peers on its way to terminals and line-based logs: nothing in it may end the line, move the cursor, or
// turn the reading direction round.

// C0, DEL, C1; Arabic letter mark, directional marks, line and paragraph separators, embeddings and overrides, isolates;
// interlinear annotations; the byte order mark.
export const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/u;
const everyUnprintable = new RegExp(unprintable, 'gu');

// The same without the C0 characters, which JSON never holds unescaped.
const unprintableInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/;
const everyUnprintableInJson = new RegExp(unprintableInJson, 'g');

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control and direction characters become escapes: `\n`, `\x1b`, `\u202e`. Longer text is cut and ends with "…". */
export function printable(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return unprintable.test(short) ? short.replace(everyUnprintable, escapeOne) : short;
}

/** The same for JSON text, whose meaning does not change: there such characters stand in strings only. */
export function printableJson(json: string): string {
  return unprintableInJson.test(json) ? json.replace(everyUnprintableInJson, escapeInJson) : json;
}

function escapeOne(character: string): string {
  const code = character.charCodeAt(0);
  return shortForms[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

function escapeInJson(character: string): string {
  return `\\u${hex(character.charCodeAt(0), 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
