// FastCGI 1.0 (fastcgi-archives.github.io/FastCGI_Specification.html), as a client speaks it: one request at a time on a
// connection, so the request's number is always 1.

const version = 1;
const headerBytes = 8;
const maxContentBytes = 65_535;

export const recordTypes = { begin: 1, end: 3, params: 4, stdin: 5, stdout: 6, stderr: 7 } as const;
const responder = 1;
const keepConnection = 1;

/** How the backend ended a request (5.5). */
export type FastCgiEnd = 'complete' | 'cannot multiplex' | 'overloaded' | 'unknown role';

export type FastCgiRecord =
  | { readonly type: 'stdout' | 'stderr'; readonly content: Buffer }
  | { readonly type: 'end'; readonly appStatus: number; readonly how: FastCgiEnd };

/** What the backend sent is no FastCGI. */
export class FastCgiError extends Error {
  override readonly name = 'FastCgiError';
}

/** Begin and parameters: all of a request but its body, which follows by `encodeStdin`. */
export function encodeFastCgiRequest(
  variables: Readonly<Record<string, string>>,
  { keep }: { readonly keep: boolean },
): Buffer {
  const begin = Buffer.of(0, responder, keep ? keepConnection : 0, 0, 0, 0, 0, 0);
  return Buffer.concat([
    record(recordTypes.begin, begin),
    ...stream(recordTypes.params, encodePairs(variables)),
    record(recordTypes.params, empty),
  ]);
}

/** A part of the body; the one without bytes ends it. */
export function encodeStdin(chunk: Buffer): Buffer {
  return chunk.length === 0 ? record(recordTypes.stdin, empty) : Buffer.concat(stream(recordTypes.stdin, chunk));
}

/** Name-value pairs (3.4): lengths of one byte, or of four with the highest bit set. */
export function encodePairs(variables: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(variables)) {
    const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
    parts.push(encodeLength(nameBytes.length), encodeLength(valueBytes.length), nameBytes, valueBytes);
  }
  return Buffer.concat(parts);
}

function encodeLength(length: number): Buffer {
  if (length < 128) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x80_00_00_00) >>> 0);
  return bytes;
}

function stream(type: number, content: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += maxContentBytes) {
    records.push(record(type, content.subarray(at, at + maxContentBytes)));
  }
  return records;
}

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.of(version, type, 0, 1, 0, 0, 0, 0);
  header.writeUInt16BE(content.length, 4);
  return content.length === 0 ? header : Buffer.concat([header, content]);
}

const empty = Buffer.alloc(0);

export interface FastCgiReader {
  /** The records that end in the chunk; what is unfinished is kept, which is at most one record. Throws a FastCgiError. */
  push(chunk: Buffer): Generator<FastCgiRecord, void, void>;
}

export function createFastCgiReader(): FastCgiReader {
  let kept: Buffer = empty;
  return {
    *push(chunk) {
      let bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      kept = empty;
      for (;;) {
        if (bytes.length > 0 && bytes[0] !== version) throw new FastCgiError('the backend does not speak FastCGI 1');
        if (bytes.length < headerBytes) break;
        const contentEnd = headerBytes + bytes.readUInt16BE(4);
        const end = contentEnd + bytes[6]!;
        if (bytes.length < end) break;
        const found = decodeRecord(bytes[1]!, bytes.readUInt16BE(2), bytes.subarray(headerBytes, contentEnd));
        bytes = bytes.subarray(end);
        if (found !== null) yield found;
      }
      // A copy: what is kept must not hold on to a whole chunk.
      kept = bytes.length === 0 ? empty : Buffer.from(bytes);
    },
  };
}

/** null for what is not about the request. */
function decodeRecord(type: number, request: number, content: Buffer): FastCgiRecord | null {
  if (request === 0) return null;
  if (request !== 1) throw new FastCgiError(`the backend answers request ${request}, and there is only request 1`);
  if (type === recordTypes.stdout) return { type: 'stdout', content };
  if (type === recordTypes.stderr) return { type: 'stderr', content };
  if (type !== recordTypes.end) return null;
  if (content.length < 8) throw new FastCgiError('the backend ended the request without saying how');
  return { type: 'end', appStatus: content.readUInt32BE(0), how: endings[content[4]!] ?? 'unknown role' };
}

const endings: readonly FastCgiEnd[] = ['complete', 'cannot multiplex', 'overloaded', 'unknown role'];
