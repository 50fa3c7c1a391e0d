/** Counts the ends of lines that are LF alone, in whatever pieces the text comes. */
export interface LineFeedCounter {
  look(chunk: Buffer): void;
  readonly bare: number;
}

const [cr, lf] = [13, 10];

export function createLineFeedCounter(): LineFeedCounter {
  let bare = 0;
  let before = 0;
  return {
    look(chunk) {
      for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
        if ((at === 0 ? before : chunk[at - 1]) !== cr) bare += 1;
      }
      before = chunk.at(-1) ?? before;
    },
    get bare() {
      return bare;
    },
  };
}
