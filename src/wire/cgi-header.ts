// The header that a CGI program writes before its body (RFC 3875 6); FastCGI and SCGI backends write the same. The
// program may repeat what a peer sent, so nothing of it reaches a peer's connection without having passed here.

export type CgiHeader =
  | {
      readonly kind: 'document';
      readonly status: number;
      /** "" for the usual one. */
      readonly reason: string;
      /** Names and values in turn, without what concerns this server only. Bytes as ISO 8859-1. */
      readonly fields: readonly string[];
      /** Bytes of the body, where the program said so. */
      readonly length: number | null;
    }
  /** The answer is what another path of this server gives (RFC 3875 6.2.2). */
  | { readonly kind: 'local'; readonly target: string };

/** What the program wrote is no CGI header; the message is a sentence. */
export class CgiHeaderError extends Error {
  override readonly name = 'CgiHeaderError';
}

export interface CgiHeaderReader {
  /** null as long as the header is not whole; afterwards it must not be called any more. Throws a CgiHeaderError. */
  push(chunk: Buffer): { readonly header: CgiHeader; readonly rest: Buffer } | null;
}

const lf = 10;
const cr = 13;

/** Lines end with LF or CRLF, and an empty one ends the header. `maxBytes` counts all of them. */
export function createCgiHeaderReader({ maxBytes }: { readonly maxBytes: number }): CgiHeaderReader {
  let kept: Buffer | null = null;
  return {
    push(chunk) {
      const before = kept?.length ?? 0;
      const bytes = kept === null ? chunk : Buffer.concat([kept, chunk]);
      // The end may lie across two chunks, but no more than three bytes back.
      const end = findEnd(bytes, Math.max(0, before - 3));
      if ((end ?? bytes.length) > maxBytes) {
        throw new CgiHeaderError(`The program's header has more than ${maxBytes} bytes.`);
      }
      kept = bytes;
      if (end === null) return null;
      return { header: parseCgiHeader(bytes.toString('latin1', 0, end)), rest: bytes.subarray(end) };
    },
  };
}

/** Where the body begins; null: the header is not whole. */
function findEnd(bytes: Buffer, from: number): number | null {
  if (from === 0) {
    if (bytes[0] === lf) return 1;
    if (bytes[0] === cr && bytes[1] === lf) return 2;
  }
  for (let at = bytes.indexOf(lf, from); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at + 1] === lf) return at + 2;
    if (bytes[at + 1] === cr && bytes[at + 2] === lf) return at + 3;
  }
  return null;
}

/** `text` is the whole header with or without the empty line at its end. */
export function parseCgiHeader(text: string): CgiHeader {
  const lines = text.split(/\r?\n/);
  const fields: string[] = [];
  const own: OwnFields = { status: null, location: null, type: null, length: null };
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const statusLine = index === 0 ? /^HTTP\/\d\.\d ([\t\x20-\x7e\x80-\xff]*)$/.exec(line) : null;
    if (statusLine !== null) own.status = statusLine[1]!;
    else takeField(line, own, fields);
  }
  const { status, location, type, length } = own;
  if (location !== null && status === null && location.startsWith('/')) return localRedirect(location);
  if (type === null && status === null && location === null) {
    throw new CgiHeaderError("The program's header has no Content-Type.");
  }
  return {
    kind: 'document',
    // RFC 3875 6.2.3: an absolute Location without a Status is a 302.
    ...parseStatus(status ?? (location === null ? '200' : '302')),
    fields,
    length: length === null ? null : parseLength(length),
  };
}

interface OwnFields {
  status: string | null;
  location: string | null;
  type: string | null;
  length: string | null;
}

const ownNames: Readonly<Record<string, keyof OwnFields>> = {
  status: 'status',
  location: 'location',
  'content-type': 'type',
  'content-length': 'length',
};

/** What is between this server and its peer, and none of the program's business (RFC 9110 7.6.1). */
const connectionNames: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function takeField(line: string, own: OwnFields, fields: string[]): void {
  // RFC 3875 6.3: a field is one line, and nothing stands before the colon but its name.
  const field = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
  if (field === null) throw new CgiHeaderError('The program wrote something else than a header.');
  const name = field[1]!;
  const value = field[2]!.trimEnd();
  const lower = name.toLowerCase();
  const ownName = Object.hasOwn(ownNames, lower) ? ownNames[lower] : undefined;
  if (ownName !== undefined) {
    const known = own[ownName];
    // RFC 3875 6.3: once only; there are programs that say the same twice.
    if (known !== null && known !== value) throw new CgiHeaderError(`The program's header has two of ${name}.`);
    if (known !== null) return;
    own[ownName] = value;
  }
  if (ownName === 'status' || connectionNames.has(lower) || lower.startsWith('x-cgi-')) return;
  fields.push(name, value);
}

function parseStatus(text: string): { status: number; reason: string } {
  const [, digits = '', reason = ''] = /^([2-5]\d\d)(?:[ \t]+(.*))?$/.exec(text) ?? [];
  if (digits === '') throw new CgiHeaderError("The program's status is none from 200 to 599.");
  return { status: Number(digits), reason };
}

function parseLength(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CgiHeaderError("The program's Content-Length is no number.");
  return Number(text);
}

function localRedirect(target: string): CgiHeader {
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw new CgiHeaderError("The program's Location is no path.");
  return { kind: 'local', target };
}
