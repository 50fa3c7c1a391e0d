/**
 * In a flow collection YAML takes the braces of `${NAME}` for a map: `[${A}, ${B}]` would not parse. While a text is parsed,
 * the characters of `${…}` that mean something to YAML are therefore stood in for by private ones, one for one, so that
 * every position stays what it was.
 */
const firstPrivate = 0xe000;
const special = /[{}[\],:#& ]/g;

export function hidePlaceholders(text: string): string {
  if (/[\uE000-\uE07F]/.test(text)) return text;
  return text.replace(/\$\{[^{}\n]*\}/g, (placeholder) =>
    placeholder.replace(special, (character) => String.fromCharCode(firstPrivate + character.charCodeAt(0))),
  );
}

export function showPlaceholders(text: string): string {
  return text.replace(/[\uE000-\uE07F]/g, (stand) => String.fromCharCode(stand.charCodeAt(0) - firstPrivate));
}
