// Bytes that a peer sends in pieces of its choice, kept until they are needed. A buffer costs some hundred bytes whatever is in
// it, so a text of one byte a piece would take hundreds of times its size: small pieces are copied together.

export interface Gathered {
  /** Bytes. */
  readonly length: number;
  /** Large pieces are kept as they are, and must not change. */
  add(piece: Uint8Array): void;
  /** All of it, in order, in few buffers; then there is nothing. */
  take(): Uint8Array[];
}

// Beside this much, what a buffer costs is little.
const smallBytes = 4_096;
const [firstBlockBytes, maxBlockBytes] = [512, 65_536];

export function createGathered(): Gathered {
  let whole: Uint8Array[] = [];
  let length = 0;
  /** What small pieces are copied into; those from `start` to `end` are not among the whole ones yet. */
  let block: Buffer = nothing;
  let [start, end] = [0, 0];

  return {
    get length() {
      return length;
    },
    add(piece) {
      if (piece.length === 0) return;
      length += piece.length;
      if (piece.length >= smallBytes) {
        cut();
        whole.push(piece);
        return;
      }
      if (piece.length > block.length - end) grow(piece.length);
      block.set(piece, end);
      end += piece.length;
    },
    take() {
      cut();
      const taken = whole;
      [whole, length, block, start, end] = [[], 0, nothing, 0, 0];
      return taken;
    },
  };

  /** Large pieces come behind the small ones before them. */
  function cut(): void {
    if (end > start) whole.push(block.subarray(start, end));
    start = end;
  }

  /** Each is twice the one before: most things are small, and the others have few blocks. */
  function grow(bytes: number): void {
    cut();
    block = Buffer.allocUnsafeSlow(
      Math.max(bytes, Math.min(Math.max(firstBlockBytes, 2 * block.length), maxBlockBytes)),
    );
    [start, end] = [0, 0];
  }
}

const nothing = Buffer.alloc(0);
