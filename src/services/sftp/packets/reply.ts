import type { Entry, Space } from '../../../contract/tree.ts';
import { attributesBytes, writeAttributes, writeUint64 } from './attributes.ts';
import { maxDataBytes, maxPacketBytes, replyTypes, type StatusCode } from './constants.ts';

// Whole packets, with their length before them.

const extensions = [
  ['posix-rename@openssh.com', '1'],
  ['statvfs@openssh.com', '2'],
  ['fstatvfs@openssh.com', '2'],
  ['fsync@openssh.com', '1'],
  ['limits@openssh.com', '1'],
] as const;

/** Section 4; version 3, whatever the peer can do besides. */
export function versionReply(): Buffer {
  const strings = extensions.flat().flatMap((text) => [uint32(text.length), Buffer.from(text)]);
  return framed(replyTypes.version, 3, ...strings);
}

export function statusReply(id: number, code: StatusCode, text: string): Buffer {
  const message = Buffer.from(text);
  return framed(replyTypes.status, id, uint32(code), uint32(message.length), message, uint32(0));
}

export function handleReply(id: number, handle: number): Buffer {
  return framed(replyTypes.handle, id, uint32(4), uint32(handle));
}

/** Bytes that stand before those of the file. */
export const dataHeaderBytes = 13;

/** In a packet that begins with room for it: then nothing is copied. */
export function writeDataHeader(packet: Buffer, id: number, length: number): void {
  packet.writeUInt32BE(dataHeaderBytes - 4 + length, 0);
  packet[4] = replyTypes.data;
  packet.writeUInt32BE(id, 5);
  packet.writeUInt32BE(length, 9);
}

export function attributesReply(id: number, entry: Entry): Buffer {
  const attributes = Buffer.allocUnsafe(attributesBytes);
  writeAttributes(attributes, 0, entry);
  return framed(replyTypes.attributes, id, attributes);
}

/** `attributes` null: there is nothing to say of it but its name. */
export interface Name {
  readonly name: string;
  readonly longName: string;
  readonly attributes: Entry | null;
}

export function namesReply(id: number, names: readonly Name[]): Buffer {
  const parts: Buffer[] = [uint32(names.length)];
  for (const { name, longName, attributes } of names) {
    for (const text of [name, longName]) {
      const bytes = Buffer.from(text);
      parts.push(uint32(bytes.length), bytes);
    }
    const last = Buffer.alloc(attributes === null ? 4 : attributesBytes);
    if (attributes !== null) writeAttributes(last, 0, attributes);
    parts.push(last);
  }
  return framed(replyTypes.name, id, ...parts);
}

/** OpenSSH's PROTOCOL 4.4. */
export function spaceReply(id: number, space: Space, isReadOnly: boolean): Buffer {
  const { blockSize, total, free, available, files, freeFiles } = space;
  // Neither special bits nor devices count below a root; names have 255 bytes at most.
  const flags = isReadOnly ? readOnlyFlag | noSpecialBitsFlag : noSpecialBitsFlag;
  return extendedReply(id, [blockSize, blockSize, total, free, available, files, freeFiles, freeFiles, 0, flags, 255]);
}

const readOnlyFlag = 1;
const noSpecialBitsFlag = 2;

/** OpenSSH's PROTOCOL 4.8. */
export function limitsReply(id: number, maxHandles: number): Buffer {
  return extendedReply(id, [maxPacketBytes, maxDataBytes, maxDataBytes, maxHandles]);
}

function extendedReply(id: number, numbers: readonly number[]): Buffer {
  const body = Buffer.allocUnsafe(numbers.length * 8);
  for (const [index, number] of numbers.entries()) writeUint64(body, number, index * 8);
  return framed(replyTypes.extended, id, body);
}

function framed(type: number, id: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(9);
  head.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 5),
    0,
  );
  head[4] = type;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, ...parts]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
