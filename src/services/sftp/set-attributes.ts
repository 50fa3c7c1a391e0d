import type { Tree } from '../../contract/tree.ts';
import type { Attributes } from './packets/attributes.ts';
import { statusCodes } from './packets/constants.ts';
import { Refusal } from './status.ts';

/** Special bits would mean something for programs, and what is here is files. */
export const modeBits = 0o777;

/** What SETSTAT does to a file or folder that nobody of this connection is writing. */
export async function setOnPath(tree: Tree, path: string, attributes: Attributes): Promise<void> {
  const { size, owner, mode, times } = attributes;
  if (owner !== null) {
    const { uid, gid } = await tree.stat(path);
    refuseOwner(owner, { uid, gid });
  }
  if (size !== null) await resize(tree, path, size);
  if (mode !== null) await tree.setMode(path, mode & modeBits);
  if (times !== null) await tree.setTimes(path, times.accessed, times.modified);
}

type Owner = NonNullable<Attributes['owner']>;

/** Files are the worker's own. Programs that say who owns a file already are left in peace. */
export function refuseOwner(asked: Owner, current: Owner): void {
  if (asked.uid === current.uid && asked.gid === current.gid) return;
  throw new Refusal(statusCodes.permissionDenied, 'Owners are not changed here');
}

/** As everything that is written: whole, or not at all. */
async function resize(tree: Tree, path: string, size: number): Promise<void> {
  const current = await tree.stat(path);
  if (current.size === size && current.kind === 'file') return;
  const keep = Math.min(size, current.size);
  await using draft = await tree.write(path, { keep, replaces: true, size: null });
  await draft.truncate(size);
  await draft.commit();
}
