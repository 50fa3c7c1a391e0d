import { PeerError, reasonOf } from '../../../contract/errors.ts';
import { TreeError, type TreeFault } from '../../../contract/tree.ts';

const faults: Readonly<Record<string, TreeFault>> = {
  ENOENT: 'missing',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EEXIST: 'exists',
  ENOTDIR: 'not-folder',
  EISDIR: 'is-folder',
  ENOTEMPTY: 'not-empty',
  EINVAL: 'name',
  ENAMETOOLONG: 'name',
  EDQUOT: 'quota',
};

/** What a file system of somebody else's has thrown, by the codes that Node's have. */
export function asTreeError(error: unknown): Error {
  if (error instanceof TreeError || error instanceof PeerError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  // No path of this machine is for a peer.
  return new TreeError(faults[code] ?? 'failed', `the file system says: ${reasonOf(error)}`, { cause: error });
}
