/** Counts the ends of lines that are LF alone, in whatever pieces the text comes. */
export interface LineCounter {
  look(chunk: Buffer): void;
  readonly bareLineFeeds: number;
}

const [cr, lf] = [13, 10];

export function createLineCounter(): LineCounter {
  let count = 0;
  let last = 0;
  return {
    look(chunk) {
      for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
        if ((at === 0 ? last : chunk[at - 1]) !== cr) count += 1;
      }
      if (chunk.length > 0) last = chunk[chunk.length - 1] as number;
    },
    get bareLineFeeds() {
      return count;
    },
  };
}
