// A text as it goes over the wire in POP3 (RFC 1939 3) and SMTP (RFC 5321 4.5.2): lines end with CRLF, one that begins with a
// dot gets another, and a line with nothing but a dot ends it.

export interface DotStuffer {
  /** May be the chunk itself, where nothing is to be changed in it. */
  push(chunk: Buffer): Buffer;
  /** What ends the text. */
  end(): Buffer;
}

const [lf, cr, dot] = [10, 13, 46];
const crlf = Buffer.from('\r\n');
const oneDot = Buffer.from('.');
const last = Buffer.from('.\r\n');

/** For text whose lines end with CRLF or LF. */
export function createDotStuffer(): DotStuffer {
  // As after the end of a line.
  let before = lf;
  return {
    push(chunk) {
      const parts: Buffer[] = [];
      let start = 0;
      const insert = (at: number, bytes: Buffer): void => {
        if (at > start) parts.push(chunk.subarray(start, at));
        parts.push(bytes);
        start = at;
      };
      if (before === lf && chunk[0] === dot) insert(0, oneDot);
      for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
        if ((at === 0 ? before : chunk[at - 1]) !== cr) {
          insert(at, crlf);
          start = at + 1;
        }
        if (chunk[at + 1] === dot) insert(at + 1, oneDot);
      }
      before = chunk.at(-1) ?? before;
      if (parts.length === 0) return chunk;
      parts.push(chunk.subarray(start));
      return Buffer.concat(parts);
    },
    end: () => (before === lf ? last : Buffer.concat([crlf, last])),
  };
}

export interface OctetCounter {
  look(chunk: Buffer): void;
  /** So many are sent of what was looked at, without the dots that are added (RFC 1939 11) and without the last line. */
  readonly octets: number;
}

/** Counts what text has as lines that all end with CRLF, the last one too. */
export function createOctetCounter(): OctetCounter {
  let octets = 0;
  let before = lf;
  return {
    look(chunk) {
      octets += chunk.length;
      for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
        if ((at === 0 ? before : chunk[at - 1]) !== cr) octets += 1;
      }
      before = chunk.at(-1) ?? before;
    },
    get octets() {
      return before === lf ? octets : octets + crlf.length;
    },
  };
}
