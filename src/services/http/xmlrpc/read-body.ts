import type { IncomingMessage } from 'node:http';

import { checkBodyLength, tooLarge } from '../body.ts';
import { HttpError } from '../route.ts';

/**
 * Gives the body piece by piece as it comes; rejects with 413 past the limit. Calls are short and many: iterating over the
 * request costs more than to parse one.
 */
export function readBody(request: IncomingMessage, maxBytes: number, take: (chunk: Buffer) => void): Promise<void> {
  checkBodyLength(request, maxBytes);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) return take(chunk);
    request.pause();
    reject(tooLarge(maxBytes));
  });
  request.once('end', resolve);
  // The error of a peer that left comes together with this.
  request.once('error', () => {});
  request.once('close', () => {
    if (!request.readableEnded) reject(new HttpError(400, 'The body was cut short.'));
  });
  return promise;
}
