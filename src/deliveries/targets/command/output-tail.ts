/** The end of what a program wrote. */
export interface OutputTail {
  add(chunk: Buffer): void;
  /** Its last line that is not empty; "" where there is none. */
  lastLine(): string;
}

const maxBytes = 2_048;
const maxLength = 300;

export function createOutputTail(): OutputTail {
  let tail: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      tail = Buffer.concat([tail, chunk.subarray(-maxBytes)]).subarray(-maxBytes);
    },
    lastLine() {
      const lines = tail.toString('utf8').split(/[\r\n]+/);
      return (lines.findLast((line) => line.trim() !== '') ?? '').trim().slice(-maxLength);
    },
  };
}
