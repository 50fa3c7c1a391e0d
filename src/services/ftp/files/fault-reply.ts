import { NoSpaceError } from '../../../contract/delivery.ts';
import { PeerError, TemporaryError } from '../../../contract/errors.ts';
import { TreeError, type TreeFault } from '../../../contract/tree.ts';
import { reply } from '../replies.ts';

const texts: Readonly<Record<TreeFault, readonly [code: number, text: string]>> = {
  missing: [550, 'There is no such file or folder'],
  denied: [550, 'That is not allowed'],
  exists: [550, 'There is one of that name already'],
  'not-folder': [550, 'That is no folder'],
  'is-folder': [550, 'That is a folder'],
  'not-empty': [550, 'The folder is not empty'],
  'not-file': [550, 'That is no file'],
  name: [553, 'Nothing can have that name'],
  quota: [552, 'The quota is reached'],
  'too-large': [552, 'The file is too large'],
  'too-short': [554, 'The file ends before that point'],
  failed: [451, 'Something went wrong with the files'],
};

/** What a peer is told of what went wrong with files; null: it is none of its business, and a fault of ours. */
export function faultReply(error: unknown): string | null {
  if (error instanceof TreeError) return reply(...texts[error.fault]);
  if (error instanceof NoSpaceError) return reply(452, 'There is no room on the disk');
  if (error instanceof TemporaryError) return reply(451, 'That cannot be done now, try again later');
  return error instanceof PeerError ? reply(550, error.message) : null;
}

/** Whether it went wrong because of something that whoever keeps the machine should know of. */
export function isOurFault(error: unknown): boolean {
  if (error instanceof TreeError) return error.fault === 'failed';
  // That the floor is reached is told by whoever keeps it, once.
  if (error instanceof NoSpaceError) return error.cause !== undefined;
  return error instanceof TemporaryError || faultReply(error) === null;
}

export function isFault(error: unknown, fault: TreeFault): boolean {
  return error instanceof TreeError && error.fault === fault;
}
