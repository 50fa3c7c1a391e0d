import type { Permission } from './account.ts';
import type { Receipt } from './delivery.ts';
import type { Session } from './session.ts';

/** Who uses a tree: a session, or what has as much to say of itself, such as a transfer by datagrams. */
export type TreeUser = Pick<Session, 'id' | 'service' | 'peer' | 'account'>;

/** What a peer may see and do of the files below a folder. */
export interface TreeOptions {
  /** Absolute path of the folder that is "/" for the peer; made when there is none. */
  readonly root: string;
  readonly permissions: readonly Permission[];
  /** Bytes that all files below the root may take; null: no limit. */
  readonly quota: number | null;
  /** Bytes; null: no limit. */
  readonly maxFileSize: number | null;
  /** What the peer sends is handed to the service's deliveries too. Default true. */
  readonly delivers?: boolean;
  /** False: `commit` does not wait for the disk, so that a power cut may take what was acknowledged. Default true. */
  readonly syncs?: boolean;
}

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export interface Entry {
  /** The last part of its path; "/" for the root. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, both. */
  readonly modified: number;
  readonly accessed: number;
  /** Permission bits: 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** Device and inode: the same file has the same one. */
  readonly unique: string;
}

/** An open file. The descriptor is closed with it. */
export interface OpenFile extends Disposable {
  readonly fd: number;
  /** As it was when it was opened. */
  readonly entry: Entry;
  /** As it is now, whatever its path leads to. */
  stat(): Entry;
  /** These two are of the file itself as well, and for who may write. null: it stays as it is. */
  setTimes(accessed: number | null, modified: number | null): void;
  setMode(mode: number): void;
}

export interface WriteOptions {
  /**
   * Bytes of the file of that name that the new one begins with: 0 for none of them, "all" to append. Fewer than asked for are
   * an error. What is written then comes behind them.
   */
  readonly keep: number | 'all';
  /** False: a file of that name is not replaced. */
  readonly replaces: boolean;
  /** Bytes that will come, as announced; null: nobody knows. */
  readonly size: number | null;
}

/** `sha256` is null where nobody has needed it: it is computed for deliveries. */
export interface FileReceipt extends Omit<Receipt, 'sha256'> {
  readonly sha256: string | null;
}

/**
 * A file on its way in: under another name and out of sight until `commit()`, which resolves when it is on disk, synced and in
 * its place, and in the queue of the service's deliveries. Leaving scope without leaves nothing behind.
 */
export interface FileDraft extends AsyncDisposable {
  /** Bytes so far, those that were kept too. */
  readonly size: number;
  /** Behind all that was written. The chunk may be used again once it resolves. */
  write(chunk: Uint8Array): Promise<void>;
  writeAt(chunk: Uint8Array, position: number): Promise<void>;
  /** Gives how many bytes were read, 0 at the end. */
  readAt(buffer: Uint8Array, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  /** Given to the file at its commit. Milliseconds since 1970. */
  setTimes(accessed: number, modified: number): void;
  setMode(mode: number): void;
  commit(): Promise<FileReceipt>;
}

/** Of the file system that a path is on. */
export interface Space {
  readonly blockSize: number;
  /** Blocks. */
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly files: number;
  readonly freeFiles: number;
}

/**
 * Files below a folder. Paths are absolute in it: "/a/b"; "." and ".." are resolved before anything is looked at, and no symbolic
 * link leads out. Errors are TreeErrors, or NoSpaceErrors where there is no room (TreeErrors with "quota" past the quota).
 */
export interface Tree {
  /** Of what a path leads to; symbolic links that stay inside are followed. */
  stat(path: string): Promise<Entry>;
  /** Of the link itself. */
  lstat(path: string): Promise<Entry>;
  /** A folder's entries in no order, without "." and ".."; read as they are asked for. */
  list(path: string): AsyncIterable<Entry>;
  open(path: string): Promise<OpenFile>;
  write(path: string, options: WriteOptions): Promise<FileDraft>;
  remove(path: string): Promise<void>;
  /** `mode`: of permission bits; null or nothing: as every folder has. */
  makeFolder(path: string, mode?: number | null): Promise<void>;
  removeFolder(path: string): Promise<void>;
  /** `replaces`: a file of the new name makes way, in one step. */
  rename(from: string, to: string, replaces: boolean): Promise<void>;
  /** null: it stays as it is. */
  setTimes(path: string, accessed: number | null, modified: number | null): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  readLink(path: string): Promise<string>;
  space(path: string): Promise<Space>;
}

export type TreeFault =
  /** There is none of that name. */
  | 'missing'
  /** The account may not, the file's permissions do not let us, or it leads out of the root. */
  | 'denied'
  | 'exists'
  | 'not-folder'
  | 'is-folder'
  | 'not-empty'
  /** Neither a file nor a folder. */
  | 'not-file'
  /** The name cannot be one: too long, control characters, reserved. */
  | 'name'
  | 'quota'
  /** Past `maxFileSize`. */
  | 'too-large'
  /** Fewer bytes than `keep` asks for. */
  | 'too-short'
  | 'failed';

/** Why something in a tree did not go. The message names no path of this machine. */
export class TreeError extends Error {
  override readonly name = 'TreeError';
  readonly fault: TreeFault;
  /** What this machine has against it, whom it does not let, and where: for the log, and no peer. null: it is no matter of the machine. */
  readonly detail: string | null;
  constructor(fault: TreeFault, message: string, options: TreeErrorOptions = {}) {
    super(message, options);
    this.fault = fault;
    this.detail = options.detail ?? null;
  }
}

export interface TreeErrorOptions extends ErrorOptions {
  readonly detail?: string | null;
}
