import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';

import { tooLarge } from '../body.ts';

// Beside this much, what a piece costs is little. Most bodies are one piece, and they are not kept waiting.
const smallBytes = 4_096;
const maxSmallPieces = 16;

/** The body of a request, as an app reads it. */
export interface RequestBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** The app has answered: what it did not read is thrown away, or the next request of the connection would never come. */
  leave(): void;
}

/** Reads the peer's bytes only as fast as they are asked for. Cancelling leaves the connection alone: the answer goes over it. */
export function createRequestBody(request: IncomingMessage, maxBytes: number): RequestBody {
  let chunks: NodeJS.AsyncIterator<Buffer> | undefined;
  let received = 0;
  let smallPieces = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= request.iterator({ destroyOnReturn: false }) as NodeJS.AsyncIterator<Buffer>;
        const { value, done } = await chunks.next();
        if (done === true) return controller.close();
        if (value.length < smallBytes) smallPieces += 1;
        const piece = smallPieces > maxSmallPieces ? await withWhatCame(request, value) : value;
        received += piece.length;
        if (received > maxBytes) throw tooLarge(maxBytes);
        controller.enqueue(piece);
      },
      async cancel() {
        await chunks?.return?.();
      },
    },
    // Nothing is read ahead: whether the app wants the body at all is not known yet.
    { highWaterMark: 0 },
  );
  const throwAway = (): void => {
    request.on('error', () => {});
    request.resume();
  };
  return {
    stream,
    leave() {
      // As long as something iterates over it, a stream does not flow.
      if (chunks === undefined) throwAway();
      else void chunks.return?.().then(throwAway, throwAway);
    },
  };
}

/**
 * A peer may send a byte a piece, and whoever waits for a whole body keeps each of them, at hundreds of times its size. The parser
 * hands over a piece at a time: a turn later all are there that came together.
 */
async function withWhatCame(request: IncomingMessage, piece: Buffer): Promise<Buffer> {
  await setImmediate();
  const rest = request.readableLength > 0 ? (request.read(request.readableLength) as Buffer | null) : null;
  return rest === null ? piece : Buffer.concat([piece, rest]);
}
