import { PeerError } from '../../../contract/errors.ts';
import { maxPacketBytes } from './constants.ts';

/** Puts packets together from what comes, and hands on each one that is whole, without its length. */
export interface PacketReader {
  /** Throws a PeerError for a packet that is too long, or empty. */
  push(chunk: Buffer): void;
}

export interface PacketReaderOptions {
  /** For one that comes in several chunks. */
  readonly allocate: (length: number) => Buffer;
  readonly take: (packet: Buffer) => void;
}

export function createPacketReader({ allocate, take }: PacketReaderOptions): PacketReader {
  let length = 0;
  let lengthBytes = 0;
  let packet: Buffer | null = null;
  let filled = 0;

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length;) {
        if (lengthBytes < 4) at = readLength(chunk, at);
        if (lengthBytes < 4) return;
        const end = at + length - filled;
        if (packet === null && end <= chunk.length) {
          // The usual small one: nothing is copied.
          emit(chunk.subarray(at, end));
          at = end;
          continue;
        }
        packet ??= allocate(length);
        const copied = chunk.copy(packet, filled, at, Math.min(end, chunk.length));
        filled += copied;
        at += copied;
        if (filled === length) emit(packet);
      }
    },
  };

  function readLength(chunk: Buffer, start: number): number {
    let at = start;
    while (lengthBytes < 4 && at < chunk.length) {
      length = length * 256 + (chunk[at] as number);
      lengthBytes += 1;
      at += 1;
    }
    if (lengthBytes === 4 && (length === 0 || length > maxPacketBytes)) {
      throw new PeerError(`a packet of SFTP says that it has ${length} bytes; 1 to ${maxPacketBytes} are taken`);
    }
    return at;
  }

  function emit(whole: Buffer): void {
    length = 0;
    lengthBytes = 0;
    packet = null;
    filled = 0;
    take(whole);
  }
}
