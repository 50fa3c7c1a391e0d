import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

import { reasonOf } from '../../contract/errors.ts';
import type { Session } from '../../contract/session.ts';

/**
 * Bytes both ways, as fast as the slower side takes them, until both sides have ended. An end of one side is passed on
 * alone; the loss of one side ends the other.
 */
export function relay({ stream, signal }: Session, target: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let openDirections = 2;
  const onEnd = (): void => {
    openDirections -= 1;
    if (openDirections === 0) resolve();
  };
  target.on('error', (error) => reject(new Error(`the target was lost: ${reasonOf(error)}`, { cause: error })));
  // After both ends it comes too, and is too late to change anything.
  target.on('close', () => reject(new Error('the target closed the connection')));
  stream.on('close', resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  pump(stream, target, onEnd);
  pump(target, stream, onEnd);
  return promise.finally(() => {
    if (openDirections > 0) abandon(target);
    else target.setTimeout(lingerMs, () => target.destroy());
  });
}

/** With a reset where there is one, so that what was cut off does not look like the whole. TLS tells by itself. */
function abandon(target: Socket): void {
  const isTcp = target.remoteAddress !== undefined && !(target instanceof TLSSocket);
  if (isTcp) target.resetAndDestroy();
  else target.destroy();
}

// How long the target may take for the last bytes after the peer has gone.
const lingerMs = 60_000;

function pump(from: Duplex, to: Duplex, onEnd: () => void): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  const pass = (): void => {
    to.end();
    onEnd();
  };
  // A peer that ended without a word while the target was being connected: its end has been told already.
  if (from.readableEnded) pass();
  else from.on('end', pass);
}
