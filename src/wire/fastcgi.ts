// FastCGI 1.0 (fastcgi-archives.github.io/FastCGI_Specification.html), as a client speaks it: one request at a time on a
// connection. Each has a number of its own there, so that nothing a backend says too late is taken for the next one's answer.

const version = 1;
const headerBytes = 8;
const maxContentBytes = 65_535;
const maxRequest = 65_535;

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

/** The number of the request that follows this one on a connection; 0: there was none. */
export function numberAfter(request: number): number {
  return (request % maxRequest) + 1;
}

export interface FastCgiRequest {
  /** Its number: 1 to 65535. */
  readonly request: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly keep: boolean;
}

/** Begin and parameters: all of a request but its body, which follows by `encodeStdin`. */
export function encodeFastCgiRequest({ request, variables, keep }: FastCgiRequest): Buffer {
  const begin = Buffer.of(0, responder, keep ? keepConnection : 0, 0, 0, 0, 0, 0);
  return Buffer.concat([
    record(recordTypes.begin, request, begin),
    ...stream(recordTypes.params, request, encodePairs(variables)),
    record(recordTypes.params, request, empty),
  ]);
}

/** A part of the body; the one without bytes ends it. */
export function encodeStdin(request: number, chunk: Buffer): Buffer {
  const { stdin } = recordTypes;
  return chunk.length === 0 ? record(stdin, request, empty) : Buffer.concat(stream(stdin, request, chunk));
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

function stream(type: number, request: number, content: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < content.length; at += maxContentBytes) {
    records.push(record(type, request, content.subarray(at, at + maxContentBytes)));
  }
  return records;
}

function record(type: number, request: number, content: Buffer): Buffer {
  const header = Buffer.of(version, type, 0, 0, 0, 0, 0, 0);
  header.writeUInt16BE(request, 2);
  header.writeUInt16BE(content.length, 4);
  return content.length === 0 ? header : Buffer.concat([header, content]);
}

const empty = Buffer.alloc(0);

export interface FastCgiReader {
  /** The records that end in the chunk; what is unfinished is kept, which is at most one record. Throws a FastCgiError. */
  push(chunk: Buffer): Generator<FastCgiRecord, void, void>;
}

/** Of the answer to the request of this number. */
export function createFastCgiReader(request: number): FastCgiReader {
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
        const number = bytes.readUInt16BE(2);
        if (number !== 0 && number !== request)
          throw new FastCgiError(`the backend answers request ${number}, and was asked request ${request}`);
        const found = number === 0 ? null : decodeRecord(bytes[1]!, bytes.subarray(headerBytes, contentEnd));
        bytes = bytes.subarray(end);
        if (found !== null) yield found;
      }
      // A copy: what is kept must not hold on to a whole chunk.
      kept = bytes.length === 0 ? empty : Buffer.from(bytes);
    },
  };
}

/** null for what is no part of an answer. */
function decodeRecord(type: number, content: Buffer): FastCgiRecord | null {
  if (type === recordTypes.stdout) return { type: 'stdout', content };
  if (type === recordTypes.stderr) return { type: 'stderr', content };
  if (type !== recordTypes.end) return null;
  if (content.length < 8) throw new FastCgiError('the backend ended the request without saying how');
  return { type: 'end', appStatus: content.readUInt32BE(0), how: endings[content[4]!] ?? 'unknown role' };
}

const endings: readonly FastCgiEnd[] = ['complete', 'cannot multiplex', 'overloaded', 'unknown role'];
