import fs from 'node:fs';
import { promisify } from 'node:util';

import type { Budget } from '../system/budget.ts';

/** A draft's file, written in large pieces by other threads, one after the other. */
export interface StagedFile {
  readonly fd: number;
  /** Resolves when the chunk may be used again. What goes wrong later is told by whatever is asked next. */
  write(chunk: Uint8Array, position: number): Promise<void>;
  read(buffer: Uint8Array, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  /** All is with the system. */
  flush(): Promise<void>;
  /** All that is under way has come to its end, well or not; nothing more is written. */
  settled(): Promise<void>;
}

const [write, read, truncate] = [promisify(fs.write), promisify(fs.read), promisify(fs.ftruncate)];

// Small chunks are gathered: each way to another thread and back costs as much as copying tens of kilobytes.
const gatherBytes = 128 * 1024;
// A file this small is written here and now, when all of it has come: most are.
const smallBytes = 64 * 1024;
const firstGatherBytes = 16 * 1024;

export function createStagedFile(fd: number, budget: Budget): StagedFile {
  let gathered: Buffer = nothing;
  let length = 0;
  let start = 0;
  let spare: Buffer | null = null;
  /** Bytes of all buffers. */
  let held = 0;
  let work: Promise<void> = done;
  let flushing: Promise<void> = done;
  let failure: { readonly error: unknown } | null = null;
  let isFirst = true;
  let isEmpty = true;

  return {
    fd,
    write(chunk, position) {
      if (failure !== null) return Promise.reject(failure.error);
      if (isFirst && isEmpty) {
        isEmpty = false;
        // Most that are this small are all there is: gathered first, each would take a buffer.
        if (chunk.length <= firstGatherBytes) return writeFirst(chunk, position);
      }
      if (length > 0 && position !== start + length) void pass();
      // Where many gather, more memory is worse than more ways to another thread.
      if (chunk.length >= gatherBytes || (length + chunk.length > gathered.length && budget.isSpent())) {
        void pass();
        return inTurn(() => writeAll(fd, chunk, position));
      }
      // One piece is on its way while the next gathers, and no more.
      const room = length + chunk.length > gatherBytes ? pass() : done;
      if (length === 0) start = position;
      gather(chunk);
      return length >= gatherBytes ? pass() : room;
    },
    async read(buffer, position) {
      await flush();
      return (await read(fd, buffer, 0, buffer.length, position)).bytesRead;
    },
    truncate(size) {
      void pass();
      return inTurn(() => truncate(fd, size));
    },
    flush,
    async settled() {
      await work;
      [gathered, length, spare] = [nothing, 0, null];
      budget.add(-held);
      held = 0;
    },
  };

  function gather(chunk: Uint8Array): void {
    if (length + chunk.length > gathered.length) {
      const bytes = isFirst && length + chunk.length <= firstGatherBytes ? firstGatherBytes : gatherBytes;
      const larger = spare ?? allocate(bytes);
      spare = null;
      gathered.copy(larger, 0, 0, length);
      letGo(gathered);
      gathered = larger;
    }
    gathered.set(chunk, length);
    length += chunk.length;
  }

  function allocate(bytes: number): Buffer {
    held += bytes;
    budget.add(bytes);
    return Buffer.allocUnsafeSlow(bytes);
  }

  function letGo({ length: bytes }: Buffer): void {
    held -= bytes;
    budget.add(-bytes);
  }

  /** What has gathered goes on its way; resolves when what went before it has arrived. */
  function pass(): Promise<void> {
    const before = flushing;
    if (length === 0) return before;
    const [buffer, bytes, position] = [gathered, length, start];
    [gathered, length] = [nothing, 0];
    flushing = inTurn(async () => {
      await writeAll(fd, buffer.subarray(0, bytes), position);
      if (buffer.length === gatherBytes && spare === null && !budget.isSpent()) spare = buffer;
      else letGo(buffer);
    });
    // Told by whatever is asked next.
    flushing.catch(() => {});
    return before;
  }

  async function flush(): Promise<void> {
    if (isFirst && length <= smallBytes) writeNow();
    void pass();
    await work;
    if (failure !== null) throw failure.error;
  }

  function writeFirst(chunk: Uint8Array, position: number): Promise<void> {
    try {
      writeAllNow(fd, chunk, position);
      return done;
    } catch (error) {
      failure = { error };
      return Promise.reject(error);
    }
  }

  function writeNow(): void {
    try {
      writeAllNow(fd, gathered.subarray(0, length), start);
    } catch (error) {
      failure = { error };
    }
    length = 0;
  }

  function inTurn(task: () => Promise<void>): Promise<void> {
    isFirst = false;
    const turn = work.then(() => {
      if (failure !== null) throw failure.error;
      return task();
    });
    work = turn.catch((error: unknown) => {
      failure ??= { error };
    });
    return turn;
  }
}

const nothing = Buffer.alloc(0);
const done = Promise.resolve();

async function writeAll(fd: number, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length;)
    at += (await write(fd, chunk, at, chunk.length - at, position + at)).bytesWritten;
}

function writeAllNow(fd: number, chunk: Uint8Array, position: number): void {
  for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at, chunk.length - at, position + at);
}
