import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type { Session } from '../../../contract/session.ts';
import { TreeError, type FileDraft } from '../../../contract/tree.ts';
import { asTreeError } from './foreign-error.ts';
import { whileInSession } from './while-in-session.ts';

export interface ForeignDraftOptions {
  readonly session: Session;
  readonly name: string;
  /** Bytes that were there before. */
  readonly kept: number;
  readonly maxFileSize: number | null;
  readonly isReplacement: boolean;
  /** Called when there is no commit. */
  drop(): Promise<void>;
}

// Not every stream says that it is closed.
const patienceMs = 1_000;

function closed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    const timer = setTimeout(resolve, patienceMs);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A stream of a file system of somebody else's. When it is on disk, and whether, is for that to say: by "finish". */
export function foreignDraft(stream: Writable, options: ForeignDraftOptions): FileDraft {
  const { session, name, kept, maxFileSize, isReplacement } = options;
  let size = kept;
  let isCommitted = false;
  let failure: unknown = null;
  stream.on('error', (error: unknown) => void (failure ??= error));
  const unknown = (): never => {
    throw new TreeError('denied', 'the file system does not do that');
  };
  const check = (): void => {
    if (failure !== null) throw asTreeError(failure);
  };
  return {
    get size() {
      return size;
    },
    async write(chunk) {
      check();
      if (maxFileSize !== null && size + chunk.length > maxFileSize) {
        throw new TreeError('too-large', 'the file is too large');
      }
      // Ours is used again, theirs may be kept.
      await new Promise<void>((resolve, reject) => {
        stream.write(Buffer.from(chunk), (error) => (error == null ? resolve() : reject(asTreeError(error))));
      });
      size += chunk.length;
    },
    async commit() {
      check();
      stream.end();
      await whileInSession(session, finished(stream, { readable: false })).catch((error: unknown) => {
        throw asTreeError(failure ?? error);
      });
      isCommitted = true;
      return { id: session.id, name, size, sha256: null, isReplacement };
    },
    async [Symbol.asyncDispose]() {
      if (isCommitted) return;
      // One that is still opening would make the file after it was removed.
      await closed(stream.destroy());
      await whileInSession(session, options.drop()).catch(() => {});
    },
    writeAt: unknown,
    readAt: unknown,
    truncate: unknown,
    setTimes() {},
    setMode() {},
  };
}
