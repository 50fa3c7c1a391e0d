import { extname, join } from 'node:path';

import { createJail, lookAt, segmentsBelow } from '../gateway/jail.ts';
import type { ScriptPlace } from '../gateway/meta-variables.ts';
import { absent, HttpError, type Exchange } from '../route.ts';
import { slashLocation } from '../target.ts';
import type { CgiRouteOptions } from './options.ts';

export interface Script extends ScriptPlace {
  readonly file: string;
  /** Program and arguments that come before the search words. */
  readonly command: readonly [string, ...string[]];
  /** It writes the whole answer itself (RFC 3875 5). */
  readonly isRaw: boolean;
  readonly takesWords: boolean;
}

/**
 * Finds the program for a path below the route. Throws an HttpError where there is none: 404, or 403 where it may not be
 * run.
 */
export function createScriptFinder(options: CgiRouteOptions, prefix: string): (exchange: Exchange) => Script {
  const root = options.cgi;
  const mount = prefix.replace(/\/+$/, '');
  const isInside = createJail(root);
  let isFolder = false;
  return (exchange) => {
    const below = exchange.path.slice(mount.length);
    // It may be installed or mounted later than we are.
    const whole = isFolder ? null : lookAt(root);
    if (whole?.isFile() === true)
      return scriptAt(options, { file: root, mode: whole.mode, scriptName: mount, pathInfo: below });
    isFolder ||= whole?.isDirectory() === true;
    if (!isFolder) throw absent();
    const found = walk(options, exchange, below);
    if (isInside(found.file)) return scriptAt(options, { ...found, scriptName: mount + found.scriptName });
    exchange.session.log.warning(`${found.file} is a link that leads out of ${root}: not run`);
    throw absent();
  };
}

interface Found {
  readonly file: string;
  readonly mode: number;
  readonly scriptName: string;
  readonly pathInfo: string;
}

/** Down the folders to the first file: what comes after it is for the program. */
function walk({ cgi: root, index }: CgiRouteOptions, exchange: Exchange, below: string): Found {
  const segments = below.split('/').slice(1);
  let place = '';
  for (const [at, segment] of segments.entries()) {
    if (segment === '') break;
    if (segmentsBelow(segment) === null) throw absent();
    place = `${place}/${segment}`;
    const found = lookAt(root + place);
    if (found?.isDirectory() === true) continue;
    if (found?.isFile() !== true) throw absent();
    const rest = segments.slice(at + 1);
    return {
      file: root + place,
      mode: found.mode,
      scriptName: place,
      pathInfo: rest.length === 0 ? '' : `/${rest.join('/')}`,
    };
  }
  // A folder: its index answers, at an address with "/" at its end.
  for (const name of index) {
    const file = join(root + place, name);
    const found = lookAt(file);
    if (found?.isFile() !== true) continue;
    if (!below.endsWith('/')) throw redirectToFolder(exchange);
    if (below !== `${place}/`) throw absent();
    return { file, mode: found.mode, scriptName: `${place}/${name}`, pathInfo: '' };
  }
  throw absent();
}

function scriptAt(options: CgiRouteOptions, { file, mode, scriptName, pathInfo }: Found): Script {
  const extension = extname(file);
  const interpreter = Object.hasOwn(options.interpreters, extension) ? options.interpreters[extension] : undefined;
  // Whether we in particular may run it, the start will tell.
  if (interpreter === undefined && (mode & 0o111) === 0) throw notExecutable(file);
  const folder = options.cgi === file ? file.slice(0, file.lastIndexOf('/')) || '/' : options.cgi;
  return {
    file,
    scriptName,
    pathInfo,
    documentRoot: options.document_root ?? folder,
    command: interpreter === undefined ? [file] : [...interpreter, file],
    isRaw: file.slice(file.lastIndexOf('/') + 1).startsWith('nph-'),
    // An interpreter would take them for its own options.
    takesWords: interpreter === undefined,
  };
}

function notExecutable(file: string): HttpError {
  const reason = `${file} is not executable, and no interpreter is named for ${extname(file) || 'names without an extension'}`;
  return new HttpError(403, 'This is no program to be run.', {}, reason);
}

function redirectToFolder({ path, query }: Exchange): HttpError {
  return new HttpError(301, 'It is at another address.', { Location: slashLocation(path, query) });
}
