import type { IncomingMessage } from 'node:http';

import { tooLarge } from '../body.ts';

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
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= request.iterator({ destroyOnReturn: false }) as NodeJS.AsyncIterator<Buffer>;
        const { value, done } = await chunks.next();
        if (done === true) return controller.close();
        received += value.length;
        if (received > maxBytes) throw tooLarge(maxBytes);
        controller.enqueue(value);
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
