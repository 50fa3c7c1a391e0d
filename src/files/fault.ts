import { NoSpaceError } from '../contract/delivery.ts';
import { PeerError, TemporaryError } from '../contract/errors.ts';
import { TreeError, type TreeFault } from '../contract/tree.ts';
import { ownName } from '../system/own-name.ts';

// What the system says becomes what a peer may hear: no message of the system's own, for they name paths of this machine.

const sentences: Readonly<Record<TreeFault, string>> = {
  missing: 'there is none of that name',
  denied: 'that is not allowed',
  exists: 'there is one of that name',
  'not-folder': 'that is no folder',
  'is-folder': 'that is a folder',
  'not-empty': 'the folder is not empty',
  'not-file': 'that is no file',
  name: 'that cannot be a name here',
  quota: 'that is more than the quota allows',
  'too-large': 'the file would be too large',
  'too-short': 'the file has fewer bytes than that',
  failed: 'that did not succeed',
};

const faults: Readonly<Record<string, TreeFault>> = {
  ENOENT: 'missing',
  // Symbolic links that lead in a circle.
  ELOOP: 'missing',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ETXTBSY: 'denied',
  EEXIST: 'exists',
  ENOTDIR: 'not-folder',
  EISDIR: 'is-folder',
  ENOTEMPTY: 'not-empty',
  // A socket, or a device that is not there.
  ENXIO: 'not-file',
  ENODEV: 'not-file',
  ENAMETOOLONG: 'name',
  // A folder that would stand in itself.
  EINVAL: 'name',
  // Names that the file system does not take, as FAT's and those that are to be UTF-8.
  EILSEQ: 'name',
  EFBIG: 'too-large',
};

export function treeError(fault: TreeFault, cause?: unknown, detail: string | null = null): TreeError {
  return new TreeError(fault, sentences[fault], cause === undefined ? {} : { cause, detail });
}

/** Anything that was thrown, as an error of the tree. `place`: the path on this machine, where it is known. */
export function toTreeError(error: unknown, place: string | null = null): Error {
  if (isOurs(error)) return error;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === 'EMFILE' || code === 'ENFILE')
    return new TemporaryError('too many files are open', null, { cause: error });
  if (code === 'ENOSPC' || code === 'EDQUOT') return new NoSpaceError('the disk is full', { cause: error });
  return treeError(
    (typeof code === 'string' && Object.hasOwn(faults, code) ? faults[code] : undefined) ?? 'failed',
    error,
    place === null ? null : detailOf(code, place),
  );
}

/** null: what a peer has asked for cannot be, and there is nothing for whoever keeps the machine to do. */
function detailOf(code: unknown, place: string): string | null {
  if (code === 'EACCES' || code === 'EPERM') return `${ownName()} may not do that at ${place} (${code})`;
  return code === 'EROFS' ? `${place} is on a disk that is mounted read-only (${code})` : null;
}

function isOurs(error: unknown): error is Error {
  return [TreeError, NoSpaceError, TemporaryError, PeerError].some((kind) => error instanceof kind);
}

/** A folder that may not be read, or has another name by now. */
export function isUnreachable(error: unknown): boolean {
  return ['EACCES', 'ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
}

/** "ENOENT" and its like. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}
