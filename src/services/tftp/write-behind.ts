import type { FileDraft } from '../../contract/tree.ts';
import { createNetasciiReader } from './netascii.ts';

/** Gathers blocks, which may be small, and writes them in larger pieces. */
export interface WriteBehind {
  write(chunk: Buffer): Promise<void> | void;
  /** Writes what is left. */
  end(): Promise<void>;
}

const pieceBytes = 64 << 10;

export function createWriteBehind(draft: Pick<FileDraft, 'write'>, mode: 'octet' | 'netascii'): WriteBehind {
  const netascii = mode === 'netascii' ? createNetasciiReader() : null;
  let chunks: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const piece = Buffer.concat(chunks);
    chunks = [];
    bytes = 0;
    if (piece.length > 0) await draft.write(piece);
  };
  return {
    write(chunk) {
      const text = netascii === null ? chunk : netascii.push(chunk);
      chunks.push(text);
      bytes += text.length;
      return bytes < pieceBytes ? undefined : flush();
    },
    async end() {
      if (netascii !== null) chunks.push(netascii.end());
      await flush();
    },
  };
}
