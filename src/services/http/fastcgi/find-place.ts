import { extname } from 'node:path';

import { createJail, lookAt, segmentsBelow } from '../gateway/jail.ts';
import type { ScriptPlace } from '../gateway/meta-variables.ts';
import { absent, HttpError, type Exchange } from '../route.ts';
import { slashLocation } from '../target.ts';
import type { FastCgiRouteOptions } from './options.ts';

type PlaceOptions = Pick<FastCgiRouteOptions, 'root' | 'index' | 'extensions' | 'front_controller'>;

/**
 * Which script answers. The backend may be on another machine, so a root that is not there is taken as it is named; one
 * that is there says what exists. Throws an HttpError: 404, or 301 where a folder wants a slash.
 */
export function findPlace(options: PlaceOptions, exchange: Exchange): ScriptPlace {
  const mount = exchange.route.replace(/\/+$/, '');
  const below = exchange.path.slice(mount.length);
  const { root } = options;
  if (root === undefined) return { scriptName: mount, pathInfo: below, file: null, documentRoot: null };
  const segments = segmentsBelow(below);
  if (segments === null) throw absent();
  const isHere = lookAt(root)?.isDirectory() === true;
  const at = (script: string, pathInfo: string): ScriptPlace => {
    const file = root + script;
    if (isHere && (lookAt(file)?.isFile() !== true || !createJail(root)(file))) throw absent();
    return { scriptName: mount + script, pathInfo, file, documentRoot: root };
  };

  const end = segments.findIndex((segment) => options.extensions.includes(extname(segment)));
  if (end >= 0) {
    const script = segments.slice(0, end + 1).join('/');
    // A folder may have such a name.
    if (!isHere || lookAt(root + script)?.isDirectory() !== true) return at(script, restOf(segments, end));
  }
  const folderIndex = folderIndexOf({ root, below, isHere, index: options.index });
  if (folderIndex !== null && !below.endsWith('/') && isHere) {
    throw new HttpError(301, 'It is at another address.', { Location: slashLocation(exchange.path, exchange.query) });
  }
  if (folderIndex !== null) return at(folderIndex, '');
  if (options.front_controller) return at(`/${options.index}`, below);
  throw absent();
}

function restOf(segments: readonly string[], end: number): string {
  const rest = segments.slice(end + 1);
  return rest.length === 0 ? '' : `/${rest.join('/')}`;
}

interface Folder {
  readonly root: string;
  readonly below: string;
  readonly isHere: boolean;
  readonly index: string;
}

function folderIndexOf({ root, below, isHere, index }: Folder): string | null {
  if (below.includes('//')) return null;
  const isFolderName = below.endsWith('/') || below === '';
  if (!isHere) return isFolderName ? `${below.replace(/\/$/, '')}/${index}` : null;
  const folder = below.replace(/\/$/, '');
  if (lookAt(`${root}${folder}/${index}`)?.isFile() !== true) return null;
  return `${folder}/${index}`;
}
