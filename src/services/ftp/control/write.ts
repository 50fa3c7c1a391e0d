import type { Duplex } from 'node:stream';

/** Writes, and resolves when the peer has taken enough of it for more; or is gone, which whoever reads will see. */
export async function write(stream: Duplex, text: string | Buffer): Promise<void> {
  if (stream.destroyed || !stream.writable || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}
