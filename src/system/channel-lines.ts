/** Bytes of one message, its newline included. */
export const maxLineBytes = 16 * 1024 * 1024;

/** JSON has no raw newline in it, so one ends a message. */
export function encodeMessage(message: unknown): Buffer {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  if (line.length > maxLineBytes)
    throw new RangeError(`message of ${line.length} bytes: expected at most ${maxLineBytes}`);
  return line;
}

/** Takes chunks and gives whole messages. Returns false, and is not to be used any more, after a line that is broken or too long. */
export function createMessageReader(take: (message: unknown) => void): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, end));
      length += end + 1 - from;
      from = end + 1;
      if (length > maxLineBytes) return false;
      const message = parse(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      parts = [];
      length = 0;
      if (message === broken) return false;
      take(message);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    length += chunk.length - from;
    return length < maxLineBytes;
  };
}

const newline = 0x0a;
const broken = Symbol('broken');

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString()) as unknown;
  } catch {
    return broken;
  }
}
