/** The header of a message, the empty line, and so many lines of the rest (RFC 1939 7, TOP). */
export interface Top {
  /** The part of the chunk that belongs to it. */
  push(chunk: Buffer): Buffer;
  /** Whatever comes, nothing more belongs to it. */
  readonly isOver: boolean;
}

const [lf, cr] = [10, 13];

export function createTop(lines: number): Top {
  let isHeader = true;
  let left = lines;
  let isOver = false;
  // Of the line that goes on: whether nothing but CR was in it.
  let isEmpty = true;
  return {
    push(chunk) {
      let start = 0;
      while (!isOver) {
        const end = chunk.indexOf(lf, start);
        const line = chunk.subarray(start, end === -1 ? chunk.length : end);
        isEmpty &&= line.length === 0 || (line.length === 1 && line[0] === cr);
        if (end === -1) return chunk;
        start = end + 1;
        if (!isHeader) left -= 1;
        else if (isEmpty) isHeader = false;
        isEmpty = true;
        isOver = !isHeader && left <= 0;
      }
      return chunk.subarray(0, start);
    },
    get isOver() {
      return isOver;
    },
  };
}
