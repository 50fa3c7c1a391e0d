/** One field of a header (RFC 5322 2.2), with its folded lines and its line ending. */
export interface MailField {
  /** In lower case. */
  readonly name: string;
  /** As it came, in latin1: every byte is one character. */
  readonly text: string;
}

export interface MailHeader {
  readonly fields: readonly MailField[];
  /** Where something begins that is no field, within the text; its length when all of it was fields. */
  readonly end: number;
}

/** Where the header of a message ends, its last line ending included; -1 when that has not come yet. */
export function endOfHeader(message: Buffer): number {
  if (message.length >= 2 && message[0] === 13 && message[1] === 10) return 0;
  const at = message.indexOf('\r\n\r\n');
  return at === -1 ? -1 : at + 2;
}

/** The fields of a header without the empty line behind it. Lines end with CRLF. */
export function readMailHeader(header: Buffer): MailHeader {
  const text = header.toString('latin1');
  const fields: MailField[] = [];
  let at = 0;
  while (at < text.length) {
    const end = endOfField(text, at);
    const field = text.slice(at, end);
    const [, name] = /^([!-9;-~]{1,997})[ \t]*:/.exec(field) ?? [];
    if (name === undefined) break;
    fields.push({ name: name.toLowerCase(), text: field });
    at = end;
  }
  return { fields, end: at };
}

/** The value of a field on one line, as UTF-8 (RFC 6532). */
export function valueOfField({ text }: MailField): string {
  const value = Buffer.from(text.slice(text.indexOf(':') + 1), 'latin1').toString();
  return value.replace(/\r\n(?=[ \t])/g, '').trim();
}

/** Lines that begin with a space or a tab belong to the one before. */
function endOfField(text: string, start: number): number {
  for (let at = start; ;) {
    const end = text.indexOf('\r\n', at);
    if (end === -1) return text.length;
    at = end + 2;
    if (text[at] !== ' ' && text[at] !== '\t') return at;
  }
}
