import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { absent, orAbsent } from '../mailbox/maildir-files.ts';
import { readWhole, writeWhole } from './write-whole.ts';

/**
 * The numbers that the messages of a Maildir have, in a file of it: a head, then a line for each that was given, "7 NAME", and for
 * each that is gone, "-7". Lines are only added; now and then it is written anew without what is gone. A number is synced
 * before anybody hears of it, and never given twice.
 */
export interface UidFile {
  /** As it is now. null: there is none, or it cannot be read. */
  read(): Promise<Uids | null>;
  /** The rest is for who holds the account's lock. */
  create(validity: number): Promise<Uids>;
  /** Gives numbers to these, in their order. */
  add(uids: Uids, uniques: readonly string[]): Promise<number[]>;
  remove(uids: Uids, uniques: readonly string[]): Promise<void>;
}

/** What the file says; changed as it is. */
export interface Uids {
  readonly validity: number;
  next: number;
  /** By what stays the same in the name of the message's file. */
  readonly byUnique: Map<string, number>;
  /** Lines in the file that say nothing any more. */
  stale: number;
}

const name = 'portico-uids';
const maxStale = 2_000;

export function createUidFile(maildir: string): UidFile {
  const path = join(maildir, name);
  let known: { readonly uids: Uids; readonly version: string } | null = null;
  return {
    async read() {
      const version = await versionOf(path);
      if (version === null) return null;
      if (known?.version === version) return known.uids;
      const text = await readWhole(path);
      const uids = parse(text);
      // A line that was cut off by a crash: nobody has heard of its number.
      if (uids !== null && !text.endsWith('\n')) uids.stale = Infinity;
      known = uids === null ? null : { uids, version };
      return uids;
    },
    async create(validity) {
      const uids: Uids = { validity, next: 1, byUnique: new Map(), stale: 0 };
      await rewrite(uids);
      return uids;
    },
    async add(uids, uniques) {
      const given = uniques.map((unique, index) => [unique, uids.next + index] as const);
      if (given.length === 0) return [];
      uids.next += given.length;
      for (const [unique, uid] of given) uids.byUnique.set(unique, uid);
      if (uids.stale > maxStale && uids.stale > uids.byUnique.size) await rewrite(uids);
      else await append(uids, given.map(([unique, uid]) => `${uid} ${unique}\n`).join(''), true);
      return given.map(([, uid]) => uid);
    },
    async remove(uids, uniques) {
      const lines = uniques.flatMap((unique) => {
        const uid = uids.byUnique.get(unique);
        return uids.byUnique.delete(unique) ? [`-${uid}\n`] : [];
      });
      uids.stale += 2 * lines.length;
      // That a message is gone is seen again by who looks again.
      if (uids.stale === Infinity) await rewrite(uids);
      else await append(uids, lines.join(''), false);
    },
  };

  async function append(uids: Uids, lines: string, isSynced: boolean): Promise<void> {
    if (lines === '') return;
    known = null;
    const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      await handle.writeFile(lines, 'latin1');
      if (isSynced) await handle.datasync();
    } finally {
      await handle.close();
    }
    await remember(uids);
  }

  async function rewrite(uids: Uids): Promise<void> {
    known = null;
    const lines = Array.from(uids.byUnique, ([unique, uid]) => `${uid} ${unique}\n`);
    await writeWhole(path, `${head} ${uids.validity} ${uids.next}\n${lines.join('')}`);
    uids.stale = 0;
    await remember(uids);
  }

  async function remember(uids: Uids): Promise<void> {
    const version = await versionOf(path);
    known = version === null ? null : { uids, version };
  }
}

const head = 'portico-uids 1';

/** Another one whenever the file has changed: lines are only added, and a new file is another one. */
async function versionOf(path: string): Promise<string | null> {
  const found = await orAbsent(stat(path, { bigint: true }));
  return found === absent ? null : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

function parse(text: string): Uids | null {
  const [, validity, next] = /^portico-uids 1 (\d{1,10}) (\d{1,10})\n/.exec(text) ?? [];
  if (validity === undefined || next === undefined) return null;
  const uniqueOf = new Map<number, string>();
  let [largest, stale] = [0, 0];
  const lines = text.split('\n').slice(1, -1);
  for (const line of lines) {
    const [, minus = '', digits = '', unique = ''] = /^(-?)(\d{1,10})(?: (.+))?$/.exec(line) ?? [];
    const uid = Number(digits);
    largest = Math.max(largest, uid);
    if (minus === '' && unique !== '') uniqueOf.set(uid, unique);
    else stale += uniqueOf.delete(uid) ? 2 : 1;
  }
  const byUnique = new Map(Array.from(uniqueOf, ([uid, unique]) => [unique, uid] as const));
  return { validity: Number(validity), next: Math.max(Number(next), largest + 1), byUnique, stale };
}
