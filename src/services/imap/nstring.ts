// Strings as they are sent (RFC 9051 9). Characters are bytes (latin1).

/** Quoted where that is possible, else a literal; null is NIL. */
export function nstring(text: string | null): string {
  if (text === null) return 'NIL';
  if (text.length <= 1_000 && /^[\x20-\x7e]*$/.test(text)) return quoted(text);
  // RFC 9051 9, CHAR8: no literal has a NUL.
  return literal(text.replaceAll('\0', ' '));
}

export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

function literal(text: string): string {
  return `{${text.length}}\r\n${text}`;
}

/** A name of a mailbox, as UTF-8 where it has to be (RFC 9051 9, quoted). */
export function mailboxString(name: string): string {
  return quoted(Buffer.from(name).toString('latin1'));
}
