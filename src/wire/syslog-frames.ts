// Bytes of a syslog connection to messages (RFC 6587, RFC 5425 4.3), for untrusted bytes. Whatever arrives, `maxBytes` and a
// few more are held.

/** A message without what frames it. `isCut`: it was longer than that, or the connection ended within it. */
export type TakeFrame = (bytes: Buffer, isCut: boolean) => void;

export interface SyslogFrames {
  /** What is given to `take` is valid until it returns. */
  push(chunk: Buffer, take: TakeFrame): void;
  /** The last message, if the connection ended within it. */
  end(take: TakeFrame): void;
}

export interface SyslogFramesOptions {
  /** Of one message; the rest of a longer one is skipped. */
  readonly maxBytes: number;
}

// RFC 6587 3.4.1 sets no limit; who says that ten megabytes will follow has not counted octets.
const maxCountDigits = 7;

type Count = { readonly length: number; readonly end: number };

/**
 * A connection whose first bytes are a number, a space and "<" counts octets, all others end messages with LF, CRLF or NUL.
 * Counting, a message that begins without a number is taken as a line. The other way round there is no change: a number in a
 * line would be a way to swallow what follows it.
 */
export function createSyslogFrames({ maxBytes }: SyslogFramesOptions): SyslogFrames {
  let framing: 'unknown' | 'counted' | 'lines' = 'unknown';
  let inside: 'nothing' | 'counted' | 'line' = 'nothing';
  /** The beginning of a frame that may be a count, or not. */
  let begun: Buffer | null = null;
  /** Of a counted frame: bytes that are still to come. */
  let left = 0;
  let kept = Buffer.alloc(0);
  let keptBytes = 0;

  /** One byte more than may be, so that a carriage return at the end of a message of full length is seen for what it is. */
  const keep = (part: Buffer): void => {
    const bytes = Math.min(part.length, maxBytes + 1 - keptBytes);
    const needed = keptBytes + bytes;
    if (needed > kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * kept.length, 256), maxBytes + 1));
      kept.copy(larger, 0, 0, keptBytes);
      kept = larger;
    }
    part.copy(kept, keptBytes, 0, bytes);
    keptBytes = needed;
  };
  const finish = (last: Buffer, isCut: boolean, take: TakeFrame): void => {
    inside = 'nothing';
    if (keptBytes === 0) return giveFrame(last, maxBytes, isCut, take);
    keep(last);
    const whole = kept.subarray(0, keptBytes);
    keptBytes = 0;
    if (kept.length > idleBytes) kept = Buffer.alloc(0);
    giveFrame(whole, maxBytes, isCut, take);
  };
  /** Decides what the frame is that begins here, and gives where its message does; null: too few bytes to tell. */
  const begin = (chunk: Buffer, at: number): number | null => {
    const count = framing === 'lines' ? null : readCount(chunk, at, framing === 'counted');
    if (count === 'short') return null;
    inside = count === null ? 'line' : 'counted';
    if (framing === 'unknown') framing = count === null ? 'lines' : 'counted';
    if (count === null) return at;
    left = count.length;
    return count.end;
  };

  return {
    push(arrived, take) {
      const chunk = begun === null ? arrived : Buffer.concat([begun, arrived]);
      begun = null;
      const findEnd = createEndFinder(chunk);
      let at = 0;
      while (at < chunk.length) {
        if (inside === 'nothing') {
          // Blank lines, and the newline that some senders put behind a counted message.
          if (isTrailer(chunk[at])) {
            at += 1;
            continue;
          }
          const start = begin(chunk, at);
          if (start === null) {
            begun = Buffer.from(chunk.subarray(at));
            return;
          }
          at = start;
        } else if (inside === 'counted') {
          const part = chunk.subarray(at, at + left);
          at += part.length;
          left -= part.length;
          if (left === 0) finish(part, false, take);
          else keep(part);
        } else {
          const end = findEnd(at);
          if (end === -1) keep(chunk.subarray(at));
          else finish(chunk.subarray(at, end), false, take);
          at = end === -1 ? chunk.length : end + 1;
        }
      }
    },
    end(take) {
      if (begun !== null) keep(begun);
      begun = null;
      if (keptBytes > 0) finish(Buffer.alloc(0), inside === 'counted', take);
    },
  };
}

// A connection that has nothing to say keeps no more than this.
const idleBytes = 4096;

/** One message as a datagram brings it: without trailing newlines and NULs, and at most `maxBytes`. Nothing is left of an empty one. */
export function giveFrame(bytes: Buffer, maxBytes: number, isCut: boolean, take: TakeFrame): void {
  let end = bytes.length;
  while (end > 0 && isTrailer(bytes[end - 1])) end -= 1;
  if (end === 0) return;
  if (end <= maxBytes) return take(end === bytes.length ? bytes : bytes.subarray(0, end), isCut);
  take(bytes.subarray(0, characterEnd(bytes, maxBytes)), true);
}

/** Where to cut so that no character of UTF-8 is divided. */
function characterEnd(bytes: Buffer, maxBytes: number): number {
  for (let end = maxBytes; end > maxBytes - 4 && end > 0; end -= 1) {
    if (((bytes[end] ?? 0) & 0xc0) !== 0x80) return end;
  }
  return maxBytes;
}

/** LF, CR, NUL (RFC 6587 3.4.2; NUL is what glibc's syslog() writes). */
function isTrailer(byte: number | undefined): boolean {
  return byte === 10 || byte === 13 || byte === 0;
}

/** MSG-LEN SP; `isSure`: without a "<" behind it as well. null: there is none. */
function readCount(chunk: Buffer, start: number, isSure: boolean): Count | 'short' | null {
  let at = start;
  let length = 0;
  for (; at < chunk.length; at += 1) {
    const digit = (chunk[at] ?? 0) - 48;
    if (digit < 0 || digit > 9 || at - start === maxCountDigits) break;
    length = length * 10 + digit;
  }
  if (at === chunk.length) return 'short';
  // RFC 6587 3.4.1: the number does not begin with a zero.
  if (at === start || chunk[start] === 48 || chunk[at] !== 32) return null;
  if (isSure) return { length, end: at + 1 };
  if (at + 1 === chunk.length) return 'short';
  return chunk[at + 1] === 60 ? { length, end: at + 1 } : null;
}

/** Gives where the line ends that goes on at `at`, -1 where it does not; asked with rising positions. */
function createEndFinder(chunk: Buffer): (at: number) => number {
  let zero = -2;
  return (at) => {
    // Hardly anybody sends one: looked for once a chunk.
    if (zero === -2 || (zero !== -1 && zero < at)) zero = chunk.indexOf(0, at);
    const newline = chunk.indexOf(10, at);
    return zero === -1 || (newline !== -1 && newline < zero) ? newline : zero;
  };
}
