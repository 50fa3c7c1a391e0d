import fs, { type Stats } from 'node:fs';

import { chooseEncodings, type Encoding } from '../accept-encoding.ts';
import { absent, HttpError, type Exchange, type Route, type RouteHost } from '../route.ts';
import { slashLocation } from '../target.ts';
import { fileError } from './file-error.ts';
import { renderListing } from './listing.ts';
import { memoForTurn } from './memo-for-turn.ts';
import { openInside, type OpenFile } from './open-inside.ts';
import type { FilesRouteOptions } from './options.ts';
import { createRepresentations, type OpenRepresentation, type Wanted } from './representation.ts';
import { sendRepresentation } from './send.ts';

export { filesRouteOptions, type FilesRouteOptions } from './options.ts';

/** Files below a folder. Looking for them is synchronous: it costs a tenth of what a trip to another thread does. */
export function createFilesRoute(options: FilesRouteOptions, host: RouteHost): Route {
  const { files: root, dotfiles, precompressed } = options;
  const { user } = host.context;
  const lookOnce = memoForTurn((path: string) => look(path, user));
  const representations = createRepresentations({ root, hasVariants: precompressed, user });
  if (look(root, user) === null) host.context.log.warning(`${root} is not there now`);

  return {
    async handle(exchange) {
      // Most answers are given by now: nobody waits for what is no promise.
      const sending = answer(exchange);
      if (sending !== undefined) await sending;
    },
  };

  function answer(exchange: Exchange): Promise<void> | void {
    if (!checkMethod(exchange)) return;
    const { rest, path } = exchange;
    if (!isServed(rest, dotfiles)) throw absent();
    const place = rest === '' ? root : `${root}/${rest}`;
    const stats = lookOnce(place);
    if (stats === null) throw absent();
    if (!stats.isDirectory()) return sendFile(exchange, place, stats);
    const folder = place.endsWith('/') ? place : `${place}/`;
    for (const name of path.endsWith('/') ? options.index : []) {
      const found = lookOnce(`${folder}${name}`);
      if (found?.isFile() === true) return sendFile(exchange, `${folder}${name}`, found);
    }
    return answerWithFolder(exchange, openInside({ root, path: place, kind: 'folder', user }));
  }

  async function answerWithFolder(exchange: Exchange, { fd }: OpenFile): Promise<void> {
    try {
      if (!exchange.path.endsWith('/')) return redirect(exchange);
      if (!options.listing) throw new HttpError(403, 'The files here are not listed.');
      await sendListing(exchange, `/proc/self/fd/${fd}`);
    } finally {
      fs.closeSync(fd);
    }
  }

  function sendFile(exchange: Exchange, path: string, stats: Stats): Promise<void> | void {
    // Before anything is opened: opening a device may do something.
    if (!stats.isFile()) throw new HttpError(403, 'This is no file.');
    const variant = precompressed ? findVariant(exchange, path, stats) : null;
    const file = representations.open(variant ?? { path, name: path, stats, encoding: null });
    return file.fd === null ? sendRepresentation(exchange, file, host) : sendAndClose(exchange, file, file.fd);
  }

  async function sendAndClose(exchange: Exchange, file: OpenRepresentation, fd: number): Promise<void> {
    try {
      await sendRepresentation(exchange, file, host);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** The same file, compressed beforehand; one that is older than the file is of another version of it. */
  function findVariant({ request }: Exchange, name: string, original: Stats): Wanted | null {
    const accepted = request.headers['accept-encoding'];
    if (accepted === undefined) return null;
    for (const encoding of chooseEncodings(accepted, variants)) {
      const path = `${name}${endings[encoding]}`;
      const stats = lookOnce(path);
      if (stats?.isFile() === true && stats.mtimeMs >= original.mtimeMs) return { path, name, stats, encoding };
    }
    return null;
  }

  async function sendListing({ request, response, path, rest }: Exchange, folder: string): Promise<void> {
    const page = await renderListing({ folder, path, dotfiles, hasParent: rest !== '' });
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(page),
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : page);
  }
}

const methods = 'GET, HEAD, OPTIONS';

/** Whether a file is asked for. */
function checkMethod({ request: { method }, response }: Exchange): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (method === 'OPTIONS') {
    response.writeHead(204, { Allow: methods }).end();
    return false;
  }
  throw new HttpError(405, 'Files can be read, and nothing else.', { Allow: methods });
}

/** Whether a path may be anything at all. */
function isServed(rest: string, dotfiles: boolean): boolean {
  if (!rest.includes('.')) return true;
  return !(dotfiles ? /(?:^|\/)\.\.?(?:\/|$)/ : /(?:^|\/)\./).test(rest);
}

const quiet = { throwIfNoEntry: false } as const;

/** null: nothing is there. Symbolic links are followed, wherever they lead: nothing is told of what is found. */
function look(path: string, user: string): Stats | null {
  try {
    return fs.statSync(path, quiet) ?? null;
  } catch (error) {
    throw fileError(error, user);
  }
}

function redirect({ response, path, query }: Exchange): void {
  response.writeHead(301, { Location: slashLocation(path, query), 'Content-Length': 0 }).end();
}

const variants: readonly Encoding[] = ['br', 'zstd', 'gzip'];
const endings: Readonly<Record<Encoding, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' };
