import fs, { type BigIntStats, type Stats } from 'node:fs';

import type { Encoding } from '../accept-encoding.ts';
import { formatHttpDate } from '../../../wire/http-date.ts';
import type { Validators } from './conditions.ts';
import { mediaTypeOf } from './media-type.ts';
import { openInside, type OpenFile } from './open-inside.ts';

/** One file as it is sent: what is said about it, and where its bytes are. */
export interface Representation extends Validators {
  readonly size: number;
  readonly type: string;
  readonly encoding: Encoding | null;
  /** Of an answer with all of it: names and values in turn. */
  readonly headers: readonly string[];
  /** null: it is not kept in memory. */
  readonly bytes: Buffer | null;
  /** The bytes as latin1 text, of a very small file: it goes out with the header in one piece, which is a good deal faster. */
  readonly text: string | null;
}

export interface OpenRepresentation extends Representation {
  /** null: the bytes are in memory. Otherwise the caller's to close. */
  readonly fd: number | null;
}

interface Kept {
  readonly identity: Stats;
  readonly representation: OpenRepresentation;
}

export interface RepresentationsOptions {
  readonly root: string;
  readonly hasVariants: boolean;
  /** Who we are. */
  readonly user: string;
  /** For tests. */
  readonly now?: () => number;
}

// A small file costs more to open than to send.
const maxKeptBytes = 64 * 1024;
const maxTextBytes = 8 * 1024;
const maxAllKeptBytes = 16 * 1024 * 1024;
// What an entry takes beside the bytes of its file.
const overheadBytes = 2 * 1024;
// Times of files are as coarse as the file system has them (FAT: two seconds): two changes in a row may leave the same.
const settledMs = 2_500;

/** `path` with `stats` as the system says now; `name` without the end that a precompressed file has. */
export interface Wanted {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
  readonly encoding: Encoding | null;
}

/**
 * Opens files. Small ones are kept in memory as long as the system says that they are the same: a file that was replaced,
 * written, moved or made unreadable is another one by its inode or one of its times.
 */
export function createRepresentations({ root, hasVariants, user, now = Date.now }: RepresentationsOptions): {
  open(wanted: Wanted): OpenRepresentation;
} {
  const kept = new Map<string, Kept>();
  let keptBytes = 0;

  const forget = (path: string, { representation }: Kept): void => {
    kept.delete(path);
    keptBytes -= representation.size + overheadBytes;
  };
  const keep = (path: string, entry: Kept): void => {
    kept.set(path, entry);
    keptBytes += entry.representation.size + overheadBytes;
    // The oldest first: what is still wanted comes back at once.
    for (const [oldest, entry] of kept) {
      if (keptBytes <= maxAllKeptBytes) break;
      forget(oldest, entry);
    }
  };

  return {
    open({ path, name, stats, encoding }) {
      const known = kept.get(path);
      if (known !== undefined) {
        if (isSame(known.identity, stats)) return known.representation;
        forget(path, known);
      }
      const file = openInside({ root, path, kind: 'file', user });
      const described = describe(file.stats, { name, encoding, hasVariants });
      const bytes = described.size > maxKeptBytes ? null : readSettled(file, stats, now());
      if (bytes === null) return { ...described, bytes, text: null, fd: file.fd };
      fs.closeSync(file.fd);
      const text = bytes.length > maxTextBytes ? null : bytes.toString('latin1');
      const representation = { ...described, bytes, text, fd: null };
      keep(path, { identity: stats, representation });
      return representation;
    },
  };
}

/** The whole file; null: it is not the one that was looked at, or was changed only now, or cannot be read. */
function readSettled({ fd }: OpenFile, seen: Stats, now: number): Buffer | null {
  if (now - Math.max(seen.mtimeMs, seen.ctimeMs) < settledMs) return null;
  try {
    // No part of a pool: it stays for long.
    const bytes = Buffer.allocUnsafeSlow(seen.size);
    const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
    return length === bytes.length && isSame(seen, fs.fstatSync(fd)) ? bytes : null;
  } catch {
    return null;
  }
}

/** Whether nothing has happened to a file. The time of its last change of status cannot be set back. */
function isSame(one: Stats, other: Stats): boolean {
  return (
    one.ino === other.ino &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs &&
    one.size === other.size &&
    one.dev === other.dev
  );
}

type Described = Omit<Representation, 'bytes' | 'text'>;

function describe(
  stats: BigIntStats,
  { name, encoding, hasVariants }: Pick<Wanted, 'name' | 'encoding'> & { hasVariants: boolean },
): Described {
  const size = Number(stats.size);
  const etag = `"${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}"`;
  const modifiedMs = Math.floor(Number(stats.mtimeNs / 1_000_000_000n)) * 1_000;
  const type = mediaTypeOf(name);
  const headers = [
    ['Content-Type', type],
    ['Content-Length', String(size)],
    ['ETag', etag],
    ['Last-Modified', formatHttpDate(modifiedMs)],
    ['Accept-Ranges', 'bytes'],
    ['X-Content-Type-Options', 'nosniff'],
    encoding === null ? [] : ['Content-Encoding', encoding],
    hasVariants ? ['Vary', 'Accept-Encoding'] : [],
  ].flat();
  return { size, type, encoding, etag, modifiedMs, headers };
}
