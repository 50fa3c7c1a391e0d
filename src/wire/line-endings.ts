/** Watches that every line of a text ends with CRLF, in whatever pieces it comes. */
export interface LineEndings {
  look(chunk: Uint8Array): void;
  /** There was a LF without a CR before it, or a CR without a LF behind it. */
  readonly isBroken: boolean;
}

const [cr, lf] = [13, 10];
// A search in a text is several times as fast as one call for each line.
const broken = /\r(?!\n|$)|(?<!\r)\n/;

export function watchLineEndings(): LineEndings {
  let isBroken = false;
  let endedWithCr = false;
  return {
    look(chunk) {
      if (isBroken || chunk.length === 0) return;
      isBroken = (endedWithCr && chunk[0] !== lf) || broken.test(textOf(chunk, endedWithCr ? 1 : 0));
      endedWithCr = chunk[chunk.length - 1] === cr;
    },
    get isBroken() {
      return isBroken;
    },
  };
}

/** Byte by byte, from one on. */
function textOf({ buffer, byteOffset, length }: Uint8Array, from: number): string {
  return Buffer.from(buffer, byteOffset + from, length - from).toString('latin1');
}
