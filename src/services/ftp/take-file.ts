import { setImmediate as turn } from 'node:timers/promises';

import { PeerError, reasonOf } from '../../contract/errors.ts';
import type { FileDraft } from '../../contract/tree.ts';
import { beginTransfer } from './begin-transfer.ts';
import { guestOf, type Dialogue, type Outcome } from './dialogue.ts';
import { isFault } from './files/fault-reply.ts';
import { makeFolders } from './files/make-folders.ts';
import { splitPath } from './files/resolve-path.ts';
import { replies } from './replies.ts';
import { limitOf } from '../../wire/file-limit.ts';
import { receiveFile } from './transfer/index.ts';

export interface Upload {
  readonly title: string;
  readonly path: string;
  readonly keep: number | 'all';
  /** Nothing of that name may be there. */
  readonly isNew?: boolean;
  readonly opening: string;
}

/** STOR, APPE and STOU: the file is on disk, in its place, and with the deliveries, before a peer hears 226. */
export async function takeFile(dialogue: Dialogue, upload: Upload): Promise<Outcome> {
  const draft = await beginDraft(dialogue, upload).catch((error: unknown) => {
    dialogue.channel[Symbol.dispose]();
    throw error;
  });
  const { session, house, type } = dialogue;
  return beginTransfer(dialogue, {
    title: upload.title,
    opening: upload.opening,
    async run(data, signal) {
      const { leavesEarly: toleratesCut } = house.quirks;
      await receiveFile(data, draft, { type, toleratesCut, signal, stallMs: house.options.data_timeout });
      await refuseWhatWasLeft(dialogue);
      const { id, name, size, sha256 } = await draft.commit();
      session.received({ id, name, size, sha256: sha256 ?? undefined, account: session.account?.name });
      return replies.taken;
    },
    async finish(error) {
      if (error !== null) report(dialogue, upload, draft.size, error);
      await draft[Symbol.asyncDispose]();
    },
  });
}

async function beginDraft(dialogue: Dialogue, { path, keep, isNew = false }: Upload): Promise<FileDraft> {
  const { files, isAnonymous } = guestOf(dialogue);
  const { options, quirks } = dialogue.house;
  const size = dialogue.announced;
  dialogue.announced = null;
  const begin = (): Promise<FileDraft> => files.write(path, { keep, replaces: !isNew && !isAnonymous, size });
  const draft = await begin().catch(async (error: unknown) => {
    if (!quirks.makesFolders || !isFault(error, 'missing')) throw error;
    await makeFolders(files, splitPath(path).folder);
    return begin();
  });
  if (options.umask !== undefined) draft.setMode(0o666 & ~options.umask);
  return draft;
}

/**
 * The end of a data connection is the end of the file, in stream mode (RFC 959 3.4.1), and also what is left when a peer dies:
 * then the control connection has ended as well, and what came is no whole file.
 */
async function refuseWhatWasLeft(dialogue: Dialogue): Promise<void> {
  await turn();
  await turn();
  if (dialogue.hasLeft && !dialogue.house.quirks.leavesEarly) throw new PeerError('the peer has left');
}

function report({ session, house }: Dialogue, { path }: Upload, bytes: number, error: unknown): void {
  const limit = limitOf(error, { maxFileSize: house.options.max_file_size ?? null, account: session.account });
  session.log.notice('an upload did not come to its end: nothing of it is kept', {
    name: splitPath(path).name,
    size: bytes,
    cause: limit ?? (session.signal.aborted ? endOf(session.signal) : reasonOf(error)),
  });
}

function endOf({ reason }: AbortSignal): string {
  return reason === 'error' ? 'the peer has left' : `the session was ended: ${String(reason)}`;
}
