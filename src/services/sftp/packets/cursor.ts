import { PeerError } from '../../../contract/errors.ts';

/** Reads a packet from its beginning to its end. What a packet has too little of is a PeerError. */
export interface Cursor {
  byte(): number;
  uint32(): number;
  /** Beyond 2^53 it is a number that no file has, and no longer exact. */
  uint64(): number;
  /** Not copied. */
  bytes(): Buffer;
  /** null: it is no UTF-8. */
  text(): string | null;
  readonly isAtEnd: boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createCursor(packet: Buffer): Cursor {
  let at = 0;
  const skip = (count: number): number => {
    const start = at;
    at += count;
    if (at > packet.length) throw new PeerError('a packet of SFTP ends too early');
    return start;
  };
  const uint32 = (): number => packet.readUInt32BE(skip(4));
  const bytes = (): Buffer => {
    const length = uint32();
    const start = skip(length);
    return packet.subarray(start, start + length);
  };
  return {
    byte: () => packet.readUInt8(skip(1)),
    uint32,
    uint64: () => uint32() * 2 ** 32 + uint32(),
    bytes,
    text() {
      try {
        return utf8.decode(bytes());
      } catch (error) {
        if (error instanceof PeerError) throw error;
        return null;
      }
    },
    get isAtEnd() {
      return at >= packet.length;
    },
  };
}
