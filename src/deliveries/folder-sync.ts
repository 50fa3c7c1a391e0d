import { createGroupCommit, type GroupCommit } from '../system/group-commit.ts';
import { syncFolder } from '../system/sync-folder.ts';

/** Syncs folders, each once for all who wait just then. */
export type FolderSync = (path: string) => Promise<void>;

export function createFolderSync(sync: (path: string) => Promise<void> = syncFolder): FolderSync {
  const folders = new Map<string, { readonly join: GroupCommit<null>; waiting: number }>();
  return async (path) => {
    const folder = folders.get(path) ?? { join: createGroupCommit<null>({ run: () => sync(path) }), waiting: 0 };
    folders.set(path, folder);
    folder.waiting += 1;
    try {
      await folder.join(null);
    } finally {
      folder.waiting -= 1;
      if (folder.waiting === 0) folders.delete(path);
    }
  };
}
