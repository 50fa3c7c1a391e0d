import type { Writable } from 'node:stream';

// The way to one member. Nobody waits for it: lines queue up to a bound, and who does not read them in time is dropped.

export interface Outlet {
  /** One encoded line, or several. Never waits, never throws. */
  send(line: Buffer): void;
  /** Hands everything to the stream now. */
  flush(): void;
}

export interface OutletOptions {
  /** What may be waiting, here and in the stream, before `onOverflow` is called instead of sending. */
  readonly maxBytes: number;
  /** Once; nothing is sent afterwards. */
  readonly onOverflow: () => void;
}

/**
 * Makes outlets that share their work: lines of one turn of the event loop leave together, and outlets with the same lines
 * waiting write one and the same Buffer. So the busier a room is, the fewer writes there are per line.
 */
export function createOutlets(): (stream: Writable, options: OutletOptions) => Outlet {
  const waiting = new Set<Outlet>();
  let last: Batch = { lines: [], bytes: Buffer.alloc(0) };

  const join = (lines: readonly Buffer[]): Buffer => {
    const [first] = lines;
    if (lines.length === 1 && first !== undefined) return first;
    if (!isSame(lines, last.lines)) last = { lines, bytes: Buffer.concat(lines) };
    return last.bytes;
  };
  const flushAll = (): void => {
    for (const outlet of waiting) outlet.flush();
    // Only what leaves in the same turn can be the same.
    last = { lines: [], bytes: Buffer.alloc(0) };
  };

  return (stream, { maxBytes, onOverflow }) => {
    let lines: Buffer[] = [];
    let queuedBytes = 0;
    let isOver = false;

    const outlet: Outlet = {
      send(line) {
        if (isOver || !stream.writable) return;
        if (stream.writableLength + queuedBytes + line.length > maxBytes) {
          isOver = true;
          lines = [];
          waiting.delete(outlet);
          onOverflow();
          return;
        }
        lines.push(line);
        queuedBytes += line.length;
        if (waiting.size === 0) setImmediate(flushAll);
        waiting.add(outlet);
      },
      flush() {
        waiting.delete(outlet);
        if (lines.length > 0 && stream.writable) stream.write(join(lines));
        lines = [];
        queuedBytes = 0;
      },
    };
    return outlet;
  };
}

interface Batch {
  readonly lines: readonly Buffer[];
  readonly bytes: Buffer;
}

function isSame(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
