import fs from 'node:fs';
import { join } from 'node:path';

import type { Test } from 'tap';

import type { Envelope } from '../../src/contract/delivery.ts';
import type { NewItem, QueuedItem } from '../../src/contract/queue.ts';
import type { SpoolFiles } from '../../src/deliveries/spool/files.ts';
import { createSpoolFiles } from '../../src/deliveries/spool/files.ts';

/** A spool with one user's folder in it. */
export interface ScratchSpool {
  readonly spool: string;
  readonly folder: string;
  readonly folderName: string;
  /** Names in the two folders. */
  drafts(): string[];
  whole(): string[];
  read(id: string): string;
  /** A whole file, as a worker leaves it. */
  put(id: string, text: string): void;
}

export function scratchSpool(t: Test, folderName = '1000'): ScratchSpool {
  const spool = join(t.testdir(), 'spool');
  const folder = join(spool, folderName);
  for (const name of ['tmp', 'new']) fs.mkdirSync(join(folder, name), { recursive: true });
  return {
    spool,
    folder,
    folderName,
    drafts: () => fs.readdirSync(join(folder, 'tmp')).sort(),
    whole: () => fs.readdirSync(join(folder, 'new')).sort(),
    read: (id) => fs.readFileSync(join(folder, 'new', id), 'utf8'),
    put: (id, text) => fs.writeFileSync(join(folder, 'new', id), text),
  };
}

export function envelope(more: Partial<Envelope> = {}): Envelope {
  return {
    service: 'drop',
    session: 'abcdefghjkmn',
    peer: { address: '192.0.2.1', port: 4711, family: 'IPv4' },
    account: null,
    name: 'note.txt',
    mediaType: null,
    size: null,
    replaces: false,
    ...more,
  };
}

/** 20 characters that end as given. */
export function itemIdOf(end: string): string {
  return end.padStart(20, '0');
}

export function queuedItem(id: string, more: Partial<QueuedItem> = {}): QueuedItem {
  return {
    id,
    folder: '1000',
    file: id,
    offset: 0,
    service: 'drop',
    session: 'abcdefghjkmn',
    account: null,
    name: `${id}.txt`,
    mediaType: null,
    size: 5,
    sha256: 'ab'.repeat(32),
    received: 1_000,
    mail: null,
    ...more,
  };
}

export function newItem(id: string, deliveries: readonly string[], more: Partial<QueuedItem> = {}): NewItem {
  return { item: queuedItem(id, more), deliveries, mailboxes: [] };
}

export interface WatchedFiles extends SpoolFiles {
  /** What was done, in order: "create tmp", "write 5", "sync", "close", "rename", "sync new", "remove". */
  readonly done: string[];
}

/** The real file system, which tells what was asked of it; `fail` may throw, or hold things up, before each step. */
export function watchFiles(before: (step: string) => void | Promise<void> = () => {}): WatchedFiles {
  const files = createSpoolFiles();
  const done: string[] = [];
  const step = async <T>(name: string, action: () => T | Promise<T>): Promise<T> => {
    await before(name);
    const result = await action();
    done.push(name);
    return result;
  };
  const lastFolder = (path: string): string => path.split('/').at(-2) ?? '';
  return {
    done,
    names: files.names,
    create: (path, options) =>
      step(`create ${lastFolder(path)}`, async () => {
        const handle = await files.create(path, options);
        return {
          write: (chunks) =>
            step(`write ${chunks.reduce((sum, { length }) => sum + length, 0)}`, () => handle.write(chunks)),
          sync: () => step('sync', handle.sync),
          close() {
            handle.close();
            done.push('close');
          },
        };
      }),
    rename: (from, to) => step('rename', () => files.rename(from, to)),
    link: (from, to) => step('link', () => files.link(from, to)),
    remove: (path) => step(`remove ${lastFolder(path)}`, () => files.remove(path)),
    syncFolder: (path) => step(`sync ${path.split('/').at(-1)}`, () => files.syncFolder(path)),
    freeBytes: (path) => step('free', () => files.freeBytes(path)),
  };
}
