import type { Duplex } from 'node:stream';

/** Writes with one chunk on its way while the next is made. */
export interface Output {
  /** Resolves when the chunk before is gone: its bytes may be used again. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all is gone. */
  flush(): Promise<void>;
}

export function createOutput(stream: Duplex): Output {
  let before: Promise<void> = Promise.resolve();
  // An error that nobody waits for yet is told by the next call.
  const quietly = (): void => {};
  return {
    async write(chunk) {
      await before;
      before = new Promise((resolve, reject) => {
        stream.write(chunk, (error) => (error == null ? resolve() : reject(error)));
      });
      before.catch(quietly);
    },
    flush: () => before,
  };
}
