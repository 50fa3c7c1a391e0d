// Netascii (RFC 764, as RFC 1350 has it): lines end with CR LF, and a CR by itself has a NUL behind it.

const [lf, cr, nul] = [10, 13, 0];

/** A text as it goes over the wire. Bytes stand for themselves, so that pieces can be cut anywhere. */
export function toNetascii(chunk: Buffer): Buffer {
  const extra = count(chunk, lf) + count(chunk, cr);
  if (extra === 0) return chunk;
  const out = Buffer.allocUnsafe(chunk.length + extra);
  let to = 0;
  for (const byte of chunk) {
    if (byte === lf) out[to++] = cr;
    out[to++] = byte;
    if (byte === cr) out[to++] = nul;
  }
  return out;
}

export interface NetasciiReader {
  push(chunk: Buffer): Buffer;
  /** What is left at the end: a CR with nothing behind it. */
  end(): Buffer;
}

/** Text from the wire as it stands in a file. */
export function createNetasciiReader(): NetasciiReader {
  let endedWithCr = false;
  return {
    push(chunk) {
      if (chunk.length === 0 || (!endedWithCr && chunk.indexOf(cr) === -1)) return chunk;
      const out = Buffer.allocUnsafe(chunk.length + 1);
      let to = 0;
      for (const byte of chunk) {
        if (endedWithCr) {
          endedWithCr = false;
          if (byte === lf || byte === nul) {
            out[to++] = byte === lf ? lf : cr;
            continue;
          }
          out[to++] = cr;
        }
        if (byte === cr) endedWithCr = true;
        else out[to++] = byte;
      }
      return out.subarray(0, to);
    },
    end: () => (endedWithCr ? Buffer.of(cr) : Buffer.alloc(0)),
  };
}

function count(chunk: Buffer, byte: number): number {
  let found = 0;
  for (let at = chunk.indexOf(byte); at !== -1; at = chunk.indexOf(byte, at + 1)) found += 1;
  return found;
}
