import type { Duplex } from 'node:stream';

/** Writes, and resolves when the peer has taken enough of it for more; or is gone, which whoever reads will see. */
export async function write(stream: Duplex, bytes: Buffer | string): Promise<void> {
  if (stream.destroyed || !stream.writable || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}
