import fs from 'node:fs';
import type { Socket } from 'node:net';
import os from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';

import type { FilePart } from '../contract/service.ts';
import { libc } from './libc.ts';
import { systemError } from './system-error.ts';

/** Where a file goes. */
export interface FileTarget {
  readonly socket: Socket;
  /** Of the socket, if bytes may go past the stream: asked before each call, because a closed one belongs to somebody else. */
  descriptor(): number | null;
  /** So many bytes went past the stream. */
  sent(bytes: number): void;
  /** Read and written at once where it goes through the stream; there are two such buffers. Default: 64 KB. */
  readonly copyBytes?: number;
}

// A file that is not in memory holds the loop for as long as this much takes to be read.
const maxCallBytes = 512 * 1024;
// Written through the stream when the socket is full: that it is taken means that there is room again.
const probeBytes = 16 * 1024;
const defaultCopyBytes = 64 * 1024;

const { EAGAIN, EINTR, EINVAL, ENOSYS, EOPNOTSUPP } = os.constants.errno;
// Not this file or not this socket: there is the other way.
const cannot: ReadonlySet<number> = new Set([EINVAL, ENOSYS, EOPNOTSUPP]);

/** Writes a part of a file to a socket, by sendfile(2) where that can be. See `ServiceContext.sendFile`. */
export async function sendFile(target: FileTarget, part: FilePart): Promise<void> {
  if (part.length === 0) return;
  const end = part.offset + part.length;
  const at = libc === null ? part.offset : await sendDirectly(target, part, libc);
  if (at < end) await copy(target, { fd: part.fd, offset: at, length: end - at });
}

/** Gives how far it came: the end, or where the other way has to go on. */
async function sendDirectly(target: FileTarget, part: FilePart, c: NonNullable<typeof libc>): Promise<number> {
  const { socket } = target;
  const end = part.offset + part.length;
  const position = new BigInt64Array(1);
  let at = part.offset;
  while (at < end) {
    // What stands in the stream's own queue comes first.
    if (socket.writableLength > 0) at += await probe(socket, part.fd, at, end);
    if (at >= end) break;
    if (socket.destroyed) throw lost();
    const out = target.descriptor();
    if (out === null) return at;
    const wanted = Math.min(end - at, maxCallBytes);
    position[0] = BigInt(at);
    const sent = Number(c.sendfile(out, part.fd, position, BigInt(wanted)));
    if (sent === 0) throw tooShort();
    if (sent === -1) {
      const errno = c.errno();
      if (errno === EINTR) continue;
      if (cannot.has(errno)) return at;
      if (errno !== EAGAIN) throw systemError('send a file', errno);
      at += await probe(socket, part.fd, at, end);
      continue;
    }
    at += sent;
    target.sent(sent);
    if (at === end) break;
    // Less than was wanted: the socket is full.
    if (sent < wanted) at += await probe(socket, part.fd, at, end);
    else await turn();
  }
  return at;
}

/** Sends a little through the stream, and waits until it is gone. */
async function probe(socket: Socket, fd: number, at: number, end: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(Math.min(probeBytes, end - at));
  const length = fs.readSync(fd, chunk, 0, chunk.length, at);
  if (length === 0) throw tooShort();
  await write(socket, chunk.subarray(0, length));
  return length;
}

/** Reads the next chunk while one is written. */
async function copy(
  { socket, copyBytes = defaultCopyBytes }: FileTarget,
  { fd, offset, length }: FilePart,
): Promise<void> {
  let at = offset;
  const end = offset + length;
  let reading = Buffer.allocUnsafe(Math.min(copyBytes, length));
  let writing = Buffer.allocUnsafe(reading.length);
  let written: Promise<void> = Promise.resolve();
  // A write that fails is told of below, once the read beside it is over.
  const quietly = (): void => {};
  while (at < end) {
    const count = await read(fd, reading, Math.min(reading.length, end - at), at);
    await written;
    if (count === 0) throw tooShort();
    if (socket.destroyed) throw lost();
    at += count;
    written = write(socket, reading.subarray(0, count));
    written.catch(quietly);
    [reading, writing] = [writing, reading];
  }
  await written;
}

function read(fd: number, buffer: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function write(socket: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}

function lost(): Error {
  return Object.assign(new Error('send a file: the connection is gone'), { code: 'ERR_STREAM_DESTROYED' });
}

function tooShort(): Error {
  return new Error('send a file: it has become shorter');
}
