import { realpathSync, statSync, type Stats } from 'node:fs';

// Calls that wait: starting a program waits for the same folders, and to hand each to another thread and back takes
// longer than all of them.

/** What stands there; null: nothing. */
export function lookAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // No folder on the way, a name too long, links in a circle, no permission: for a peer it is not there.
    return null;
  }
}

/** Whether paths are below a folder once all symbolic links are followed. */
export function createJail(folder: string): (path: string) => boolean {
  let root: string | null = null;
  const holds = (file: string): boolean => root !== null && file.startsWith(root.endsWith('/') ? root : `${root}/`);
  return (path) => {
    try {
      const file = realpathSync.native(path);
      if (holds(file)) return true;
      // The folder itself may be a link that leads elsewhere since.
      root = realpathSync.native(folder);
      return holds(file);
    } catch {
      return false;
    }
  };
}

/** The segments of what a peer asked for below a route; null: none that a file can have. Files with a dot are hidden. */
export function segmentsBelow(rest: string): readonly string[] | null {
  const segments = rest.split('/');
  return segments.some((segment) => segment.startsWith('.') || segment.includes('\0')) ? null : segments;
}
