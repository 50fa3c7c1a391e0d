/**
 * A plain scalar after its `${…}` was replaced: true, false or a number where that loses nothing. "0660" and "1.0" stay
 * text, so that a password of digits can still be read as it was.
 */
export function readPlain(text: string): boolean | number | string {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const number = Number(text);
  return String(number) === text ? number : text;
}
