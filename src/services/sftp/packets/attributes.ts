import type { Entry, EntryKind } from '../../../contract/tree.ts';
import { attributeFlags } from './constants.ts';
import type { Cursor } from './cursor.ts';

/** What a peer says of a file; null: nothing about that. */
export interface Attributes {
  readonly size: number | null;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly mode: number | null;
  /** Milliseconds since 1970; the protocol has seconds. */
  readonly times: { readonly accessed: number; readonly modified: number } | null;
}

export function readAttributes(cursor: Cursor): Attributes {
  const flags = cursor.uint32();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const size = has(attributeFlags.size) ? cursor.uint64() : null;
  const owner = has(attributeFlags.owner) ? { uid: cursor.uint32(), gid: cursor.uint32() } : null;
  const mode = has(attributeFlags.permissions) ? cursor.uint32() : null;
  const times = has(attributeFlags.times)
    ? { accessed: cursor.uint32() * 1000, modified: cursor.uint32() * 1000 }
    : null;
  // Pairs of strings that nobody has given a meaning; whatever they are, nothing follows them.
  return { size, owner, mode, times };
}

export const attributesBytes = 32;

/** Writes them at an offset of `target`, and gives the offset behind them. */
export function writeAttributes(target: Buffer, offset: number, entry: Entry): number {
  const { size, owner, permissions, times } = attributeFlags;
  target.writeUInt32BE(size | owner | permissions | times, offset);
  writeUint64(target, entry.size, offset + 4);
  target.writeUInt32BE(uint32(entry.uid), offset + 12);
  target.writeUInt32BE(uint32(entry.gid), offset + 16);
  target.writeUInt32BE(kindBits[entry.kind] | (entry.mode & 0o7777), offset + 20);
  target.writeUInt32BE(uint32(entry.accessed / 1000), offset + 24);
  return target.writeUInt32BE(uint32(entry.modified / 1000), offset + 28);
}

export function writeUint64(target: Buffer, value: number, offset: number): number {
  target.writeUInt32BE(Math.floor(value / 2 ** 32) % 2 ** 32, offset);
  return target.writeUInt32BE(value % 2 ** 32, offset + 4);
}

/** A time before 1970 or after 2106 is the nearest that can be said. */
function uint32(value: number): number {
  return Math.min(Math.max(Math.floor(value), 0), 2 ** 32 - 1);
}

/** Of stat(2). What is neither of the three is told as a FIFO: nobody opens it. */
const kindBits: Readonly<Record<EntryKind, number>> = {
  file: 0o100000,
  folder: 0o040000,
  link: 0o120000,
  other: 0o010000,
};
