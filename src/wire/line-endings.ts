/** Watches that every line of a text ends with CRLF, in whatever pieces it comes. */
export interface LineEndings {
  look(chunk: Uint8Array): void;
  /** There was a LF without a CR before it, or a CR without a LF behind it. */
  readonly isBroken: boolean;
}

const [cr, lf] = [13, 10];

export function watchLineEndings(): LineEndings {
  let isBroken = false;
  let endedWithCr = false;
  return {
    look(chunk) {
      if (isBroken || chunk.length === 0) return;
      isBroken = (endedWithCr && chunk[0] !== lf) || hasBareLf(chunk, endedWithCr) || hasBareCr(chunk);
      endedWithCr = chunk[chunk.length - 1] === cr;
    },
    get isBroken() {
      return isBroken;
    },
  };
}

function hasBareLf(chunk: Uint8Array, endedWithCr: boolean): boolean {
  for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
    if (at === 0 ? !endedWithCr : chunk[at - 1] !== cr) return true;
  }
  return false;
}

function hasBareCr(chunk: Uint8Array): boolean {
  const last = chunk.length - 1;
  for (let at = chunk.indexOf(cr); at !== -1 && at < last; at = chunk.indexOf(cr, at + 1)) {
    if (chunk[at + 1] !== lf) return true;
  }
  return false;
}
