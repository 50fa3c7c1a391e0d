/** Lines that wait for an output: bounded, so that a target that is slow or away costs no more than `maxLength` characters. */
export interface LineQueue {
  /** False when there was no room; the line is counted as dropped. */
  push(line: string): boolean;
  /** The oldest lines, together at most `maxLength` characters, but one at least. */
  take(maxLength: number): string[];
  /** Gives back lines that were taken and not written; they stay the oldest. */
  putBack(lines: readonly string[]): void;
  /** Lines dropped since the last call, once less than half of the room is taken; else 0. */
  droppedSinceReport(): number;
  readonly length: number;
  /** All that were ever dropped. */
  readonly dropped: number;
}

// What a short line costs beside its characters.
const overheadPerLine = 64;

export function createLineQueue(maxLength: number): LineQueue {
  let lines: string[] = [];
  let length = 0;
  let dropped = 0;
  let reported = 0;

  return {
    push(line) {
      const cost = line.length + overheadPerLine;
      if (length + cost > maxLength) {
        dropped += 1;
        return false;
      }
      lines.push(line);
      length += cost;
      return true;
    },
    take(wanted) {
      let count = 0;
      let taken = 0;
      while (count < lines.length && (count === 0 || taken + lines[count]!.length <= wanted)) {
        taken += lines[count]!.length;
        count += 1;
      }
      length -= taken + count * overheadPerLine;
      if (count < lines.length) return lines.splice(0, count);
      const all = lines;
      lines = [];
      return all;
    },
    putBack(back) {
      lines = [...back, ...lines];
      for (const line of back) length += line.length + overheadPerLine;
    },
    droppedSinceReport() {
      // Not before there is room again: a report for each line lost would be the next thing to be lost.
      if (dropped === reported || length > maxLength / 2) return 0;
      const count = dropped - reported;
      reported = dropped;
      return count;
    },
    get length() {
      return length;
    },
    get dropped() {
      return dropped;
    },
  };
}
