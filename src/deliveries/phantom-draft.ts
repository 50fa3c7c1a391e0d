import { createHash } from 'node:crypto';

import type { Draft } from '../contract/delivery.ts';

/** Of a thing that goes nowhere: it is counted, and nothing of it is kept. */
export function createPhantomDraft(id: string, name: string): Draft {
  const hash = createHash('sha256');
  let size = 0;
  return {
    async write(chunk) {
      hash.update(chunk);
      size += chunk.length;
    },
    async seal() {},
    commit: async () => ({ id, name, size, sha256: hash.digest('hex'), isReplacement: false }),
    async [Symbol.asyncDispose]() {},
  };
}
