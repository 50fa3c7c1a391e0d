import { NoSpaceError } from '../../contract/delivery.ts';
import { TemporaryError } from '../../contract/errors.ts';
import { TreeError, type TreeFault } from '../../contract/tree.ts';
import { errorCodes, type TftpError } from './packet.ts';
import { TransferError } from './transfer-error.ts';

const codes: Readonly<Record<TreeFault, TftpError>> = {
  missing: { code: errorCodes.missing, message: 'File not found' },
  denied: { code: errorCodes.denied, message: 'Access violation' },
  exists: { code: errorCodes.exists, message: 'File already exists' },
  'not-folder': { code: errorCodes.missing, message: 'File not found' },
  'is-folder': { code: errorCodes.denied, message: 'Is a folder' },
  'not-empty': { code: errorCodes.denied, message: 'Access violation' },
  'not-file': { code: errorCodes.denied, message: 'Not a file' },
  name: { code: errorCodes.denied, message: 'Not a name for a file' },
  quota: { code: errorCodes.full, message: 'No space left' },
  'too-large': { code: errorCodes.full, message: 'File too large' },
  'too-short': { code: errorCodes.other, message: 'Failed' },
  failed: { code: errorCodes.other, message: 'Failed' },
};

/** What a peer is told of an error (RFC 1350 5); null: nothing. */
export function answerTo(error: unknown): TftpError | null {
  if (error instanceof TransferError) return error.answer;
  if (error instanceof TreeError) return codes[error.fault];
  if (error instanceof NoSpaceError) return { code: errorCodes.full, message: 'No space left' };
  if (error instanceof TemporaryError) return { code: errorCodes.other, message: 'Try again later' };
  return { code: errorCodes.other, message: 'Failed' };
}

/** Ours, and worth somebody's attention. */
export function isFault(error: unknown): boolean {
  if (error instanceof TreeError) return error.fault === 'failed';
  // That the floor of the disk is reached is told by whoever keeps it, once.
  if (error instanceof NoSpaceError) return error.cause !== undefined;
  return !(error instanceof TransferError || error instanceof TemporaryError);
}
