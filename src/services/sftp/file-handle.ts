import type { Attributes } from './packets/attributes.ts';
import type { Entry } from '../../contract/tree.ts';

/** What a handle of a peer stands for. What it cannot do is refused by whoever looks at it. */
export interface FileHandle {
  /** As it stands in the tree. */
  readonly path: string;
  stat(): Promise<Entry>;
  set(attributes: Attributes): Promise<void>;
  /** Gives how many bytes were read, 0 at the end. */
  read?(buffer: Buffer, offset: number): Promise<number>;
  /** The bytes may be used again once it resolves. */
  write?(bytes: Buffer, offset: number): Promise<void>;
  /** The next entries of a folder; null: there are no more. */
  list?(): Promise<readonly Entry[] | null>;
  /** What was written is on disk. */
  sync?(): Promise<void>;
  /** When this resolves, what was written is there to stay. */
  close(): Promise<void>;
  /** The peer has gone: true when something is lost by that. */
  abandon(): Promise<boolean>;
}
