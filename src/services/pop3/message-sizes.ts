import type { FileHandle } from 'node:fs/promises';

import { createOctetCounter } from '../../wire/dot-stuffing.ts';

/**
 * Sizes of messages whose names do not tell them. Each has to be read once; then it is known, for a message never changes
 * under its name.
 */
export interface MessageSizes {
  /** `open`: null when the message is gone, which is 0. `key`: of one message in one mailbox. */
  of(key: string, open: () => Promise<FileHandle | null>): Promise<number>;
}

// In one worker; the oldest is forgotten first.
const maxKnown = 200_000;

export function createMessageSizes(): MessageSizes {
  const known = new Map<string, number>();
  return {
    async of(key, open) {
      const size = known.get(key);
      if (size !== undefined) return size;
      const handle = await open();
      if (handle === null) return 0;
      const measured = await measure(handle).finally(() => handle.close());
      const [oldest] = known.keys();
      if (known.size >= maxKnown && oldest !== undefined) known.delete(oldest);
      known.set(key, measured);
      return measured;
    },
  };
}

async function measure(handle: FileHandle): Promise<number> {
  const counter = createOctetCounter();
  for await (const chunk of readFile(handle)) counter.look(chunk);
  return counter.octets;
}

const chunkBytes = 65_536;

/** In pieces that are nobody else's. */
export async function* readFile(handle: FileHandle): AsyncGenerator<Buffer, void, void> {
  const { size } = await handle.stat();
  for (let position = 0; ;) {
    // One byte more than is expected, so that the end is seen at once.
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(size - position, 0) + 1));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
    if (bytesRead < buffer.length && position >= size) return;
  }
}
