import type { Writable } from 'node:stream';

/** Resolves when a stream whose `write` gave false can take more, or is gone: who writes next, or reads, sees which. */
export function roomIn(stream: Writable): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}

/** Writes, and resolves when the peer has taken enough of it for more; or is gone, which whoever reads will see. */
export async function write(stream: Writable, bytes: Buffer | string): Promise<void> {
  if (stream.destroyed || !stream.writable || stream.write(bytes)) return;
  await roomIn(stream);
}
