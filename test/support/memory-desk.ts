import { createHash } from 'node:crypto';

import type { DeliveryDesk, Envelope } from '../../src/contract/delivery.ts';

export interface MemoryDesk extends DeliveryDesk {
  readonly taken: { readonly envelope: Envelope; readonly text: string }[];
  /** Drafts that were given up. */
  dropped(): number;
}

/** A desk that keeps what was committed, with ids "item 1", "item 2", …; `commit` may throw in its place. */
export function createMemoryDesk(commit: () => void = () => {}): MemoryDesk {
  const taken: MemoryDesk['taken'] = [];
  let dropped = 0;
  return {
    taken,
    dropped: () => dropped,
    async begin(envelope) {
      const parts: Uint8Array[] = [];
      let isCommitted = false;
      return {
        write: async (chunk) => void parts.push(chunk),
        seal: async () => {},
        async commit() {
          commit();
          isCommitted = true;
          const bytes = Buffer.concat(parts);
          taken.push({ envelope, text: bytes.toString() });
          const id = `item ${taken.length}`;
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          return { id, name: envelope.name ?? id, size: bytes.length, sha256, isReplacement: false };
        },
        async [Symbol.asyncDispose]() {
          if (!isCommitted) dropped += 1;
        },
      };
    },
  };
}
