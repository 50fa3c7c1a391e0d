import type { Readable } from 'node:stream';

import type { Entry, OpenFile, Tree } from '../../../contract/tree.ts';

/** What a peer sees as its files: a tree, or a file system of somebody else's. */
export interface Files extends Omit<Tree, 'open'> {
  open(path: string): Promise<OpenFile | OpenStream>;
  /** Where it is not enough that there is a folder: the peer is in it from now on. */
  enter?(path: string): Promise<void>;
}

/** A file that is no file of ours: all there is of it is its bytes. */
export interface OpenStream extends Disposable {
  readonly entry: Entry;
  /** From this byte on. */
  read(offset: number): Promise<Readable>;
}
