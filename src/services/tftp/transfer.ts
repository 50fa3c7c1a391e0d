import { randomBytes } from 'node:crypto';

import { formatEndpoint, type Endpoint } from '../../contract/endpoint.ts';
import { reasonOf } from '../../contract/errors.ts';
import type { LogFields } from '../../contract/logger.ts';
import type { ServiceContext } from '../../contract/service.ts';
import { TreeError, type Tree } from '../../contract/tree.ts';
import { limitOf } from '../../wire/file-limit.ts';
import { printable } from '../../wire/printable.ts';
import { answerTo, isFault } from './answer-to.ts';
import { createBlockSource } from './block-source.ts';
import type { Link } from './link.ts';
import { negotiate } from './negotiate.ts';
import type { TftpOptions } from './options.ts';
import { errorCodes, errorPacket, type TftpRequest } from './packet.ts';
import type { Patience } from './patience.ts';
import { receiveFile } from './receive-file.ts';
import { sendFile } from './send-file.ts';
import { TransferError } from './transfer-error.ts';
import { createWriteBehind } from './write-behind.ts';

/** One file on its way, from the request to the last acknowledgement. */
export interface TransferOptions {
  readonly request: TftpRequest;
  readonly peer: Endpoint;
  readonly link: Link;
  readonly options: TftpOptions;
  readonly context: Pick<ServiceContext, 'name' | 'log' | 'openTree' | 'received'>;
  readonly patience: Patience;
  /** The peer has answered. */
  readonly began: () => void;
  /** All is done, and the peer may only ask for the last acknowledgement again. */
  readonly dallies: () => void;
}

/** Never throws: whatever goes wrong is told to the peer and to the log. */
export async function runTransfer(transfer: TransferOptions): Promise<void> {
  const { request, peer, link, options, context } = transfer;
  const started = performance.now();
  // As long as the id of a session, and in the same place: in lines, and in what deliveries are told.
  const id = randomBytes(6).toString('hex');
  const fields: LogFields = { session: id, peer: formatEndpoint(peer), name: printable(request.name, 255) };
  const tell = (message: string, more: LogFields): void =>
    context.log.info(message, { ...fields, ...more, duration: seconds(performance.now() - started) });
  try {
    const tree = await context.openTree(
      { id, service: context.name, peer, account: null },
      {
        root: options.root,
        permissions: options.write ? ['read', 'write'] : ['read'],
        quota: null,
        maxFileSize: options.max_file_size ?? null,
      },
    );
    const path = request.name.startsWith('/') ? request.name : `/${request.name}`;
    if (request.kind === 'read') tell('file sent', { bytes: await give(transfer, tree, path) });
    else await take(transfer, tree, path, (bytes) => tell('file received', { bytes }), id);
  } catch (error) {
    const answer = answerTo(error);
    if (answer !== null) link.send(errorPacket(answer.code, answer.message));
    const limit = limitOf(error, { maxFileSize: options.max_file_size ?? null, account: null });
    if (isFault(error)) context.log.err('a transfer failed', { ...fields, error });
    else if (error instanceof TreeError && error.detail !== null)
      context.log.warning('transfer ended', { ...fields, reason: error.detail });
    else tell('transfer ended', { reason: limit ?? reasonOf(error) });
  }
}

async function give(
  { request, link, options, patience, began }: TransferOptions,
  tree: Tree,
  path: string,
): Promise<number> {
  using file = await tree.open(path);
  const size = request.mode === 'octet' ? file.entry.size : null;
  const terms = negotiate(request, { size, maxBlockSize: options.max_block_size });
  return await sendFile({ link, source: createBlockSource(file.fd, request.mode), terms, patience, began });
}

async function take(
  { request, peer, link, options, context, patience, began, dallies }: TransferOptions,
  tree: Tree,
  path: string,
  done: (bytes: number) => void,
  id: string,
): Promise<void> {
  if (!options.write) throw refusal('nothing may be put in', errorCodes.denied, 'Access violation');
  const terms = negotiate(request, { size: null, maxBlockSize: options.max_block_size });
  const { overwrite, max_file_size: maxFileSize = Number.POSITIVE_INFINITY } = options;
  if ((terms.announced ?? 0) > maxFileSize) {
    throw refusal(`larger than max_file_size: ${maxFileSize} bytes`, errorCodes.full, 'File too large');
  }
  await using draft = await tree.write(path, { keep: 0, replaces: overwrite, size: terms.announced });
  const { write, end } = createWriteBehind(draft, request.mode);
  await receiveFile({
    link,
    terms,
    patience,
    write,
    began,
    async commit() {
      await end();
      const { id: item, name, size, sha256 } = await draft.commit();
      done(size);
      context.received({ session: id, peer: formatEndpoint(peer), id: item, name, size, sha256: sha256 ?? undefined });
      dallies();
    },
  });
}

function refusal(reason: string, code: number, message: string): TransferError {
  return new TransferError(reason, { code, message });
}

/** To the microsecond. */
function seconds(ms: number): number {
  return Math.round(ms * 1e3) / 1e6;
}
