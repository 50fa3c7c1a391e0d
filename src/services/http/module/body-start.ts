/** What of a body is there without waiting for it. */
export interface BodyStart {
  readonly chunks: readonly Uint8Array[];
  /** The bytes of the chunks. */
  readonly length: number;
  /** The read that is under way; null: the chunks are all there is. */
  readonly pending: PendingRead | null;
}

export type PendingRead = ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>;

// Short answers are one chunk and their end. More than this is sent while the rest is made.
const maxChunks = 2;
const maxBytes = 64 * 1024;

/**
 * Reads the chunks that are there already, so that an answer which is made at once has a length, and one that trickles has its
 * head sent at once.
 */
export async function startOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const pending = reader.read();
    // It is awaited later, when the chunks before it are on their way.
    pending.catch(() => {});
    const isMuch = chunks.length >= maxChunks || length >= maxBytes;
    const read = isMuch ? null : await Promise.race([pending, soon()]);
    if (read === null) return { chunks, length, pending };
    if (read.done) return { chunks, length, pending: null };
    const chunk = bytesOf(read.value);
    chunks.push(chunk);
    length += chunk.length;
  }
}

/** The chunk, which an app may have made of anything. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('the body of a Response gave something that is not bytes');
}

function soon(): Promise<null> {
  return new Promise((resolve) => setImmediate(resolve, null));
}
