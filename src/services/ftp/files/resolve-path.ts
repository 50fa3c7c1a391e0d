import { posix } from 'node:path';

import type { Quirks } from '../quirks.ts';

/** What a peer calls a path, absolute in its tree: "." and ".." are resolved, and the root is above nothing. */
export function resolvePath(
  folder: string,
  path: string,
  { hasWindowsPaths }: Pick<Quirks, 'hasWindowsPaths'>,
): string {
  const written = hasWindowsPaths ? fromWindows(path) : path;
  const absolute = posix.normalize(written.startsWith('/') ? written : `${folder}/${written}`).replace(/^\/+/, '/');
  return absolute.length > 1 && absolute.endsWith('/') ? absolute.slice(0, -1) : absolute;
}

/** "C:\a\*.*" is "/a/*". */
function fromWindows(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  return slashes.replace(/^[A-Za-z]:\/*/, '/').replace(/(^|\/)\*\.\*$/, '$1*');
}

/** The folder that it stands in, and its name there. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: slash <= 0 ? '/' : path.slice(0, slash), name: path.slice(slash + 1) };
}

export function joinPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
