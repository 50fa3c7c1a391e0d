import type { DataConnection } from '../../../contract/data-connection.ts';
import { PeerError } from '../../../contract/errors.ts';
import type { FileDraft } from '../../../contract/tree.ts';
import { asciiIn } from './ascii.ts';
import { transfer, type TransferOptions, type TransferResult } from './transfer.ts';
import { untilAborted } from './until-aborted.ts';

export interface ReceiveOptions extends TransferOptions {
  /** A: CRLF becomes LF. */
  readonly type: 'A' | 'I';
  /** An end without TLS's close_notify is taken for one all the same. Otherwise it is a PeerError: somebody may have cut the rest off. */
  readonly toleratesCut: boolean;
}

/** STOR, APPE and STOU: all that comes, into the draft. Committing is the caller's. */
export function receiveFile(data: DataConnection, draft: FileDraft, options: ReceiveOptions): Promise<TransferResult> {
  return transfer(data, options, async (signal) => {
    let bytes = 0;
    const translate = options.type === 'A' ? asciiIn() : null;
    await data.receive(async (chunk) => {
      bytes += chunk.length;
      const text = translate === null ? chunk : translate(chunk);
      // That may be a file system of somebody else's.
      if (text.length > 0) await untilAborted(draft.write(text), signal);
    }, signal);
    if (data.isCut && !options.toleratesCut) {
      throw new PeerError('the data connection ended without TLS saying so: the file may not be whole');
    }
    const rest = translate?.end();
    if (rest !== undefined && rest.length > 0) await untilAborted(draft.write(rest), signal);
    // Who waits for our end before it asks for the reply gets it now; one that is gone already has sent all.
    await data.end().catch(() => {});
    return bytes;
  });
}
