import { PeerError, TemporaryError } from '../../contract/errors.ts';
import { NoSpaceError } from '../../contract/delivery.ts';
import { TreeError, type TreeFault } from '../../contract/tree.ts';
import { statusCodes, type StatusCode } from './packets/constants.ts';

/** What a peer is told that did not get what it asked for. */
export interface Status {
  readonly code: StatusCode;
  readonly text: string;
}

/** The protocol's third version has few words for what can be wrong: most are "failure", and the text tells. */
export const codeOf: Readonly<Record<TreeFault, StatusCode>> = {
  missing: statusCodes.noSuchFile,
  // As OpenSSH has it: part of the path is no folder, and so there is nothing below it.
  'not-folder': statusCodes.noSuchFile,
  denied: statusCodes.permissionDenied,
  exists: statusCodes.failure,
  'is-folder': statusCodes.failure,
  'not-empty': statusCodes.failure,
  'not-file': statusCodes.failure,
  name: statusCodes.failure,
  quota: statusCodes.failure,
  'too-large': statusCodes.failure,
  'too-short': statusCodes.failure,
  failed: statusCodes.failure,
};

/** An answer that is no fault of a tree. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: StatusCode;
  constructor(code: StatusCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** null: that is no answer but a fault of ours, or of the machine. Errors of the protocol itself are thrown on. */
export function statusOf(error: unknown): Status | null {
  if (error instanceof PeerError) throw error;
  if (error instanceof TreeError) {
    return error.fault === 'failed' ? null : { code: codeOf[error.fault], text: error.message };
  }
  if (error instanceof Refusal) return { code: error.code, text: error.message };
  if (error instanceof NoSpaceError) return { code: statusCodes.failure, text: 'There is no room for it' };
  if (error instanceof TemporaryError) return { code: statusCodes.failure, text: 'Not now, try again later' };
  return null;
}

export const faultStatus: Status = { code: statusCodes.failure, text: 'Something went wrong here' };

export const okStatus: Status = { code: statusCodes.ok, text: 'OK' };
export const eofStatus: Status = { code: statusCodes.eof, text: 'End' };
