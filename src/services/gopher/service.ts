import { TemporaryError } from '../../contract/errors.ts';
import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { TreeError, type OpenFile, type Tree } from '../../contract/tree.ts';
import { readLines } from '../../wire/lines.ts';
import { listFolder } from './folder-items.ts';
import { mapName, parseGophermap } from './gophermap.ts';
import { errorItem, formatMenu, type GopherItem, type Place } from './item.ts';
import { typeOfFile } from './item-type.ts';
import type { GopherOptions } from './options.ts';
import { redirectPage } from './redirect-page.ts';
import { maxLineBytes, parseRequest, type GopherRequest } from './request.ts';
import { checkedItems, loadSearches, type Search } from './searches.ts';
import { write } from '../../wire/room.ts';
import { dotted, sendTextFile } from './send-text.ts';
import { readSmallFile } from './small-file.ts';

type Context = Pick<ServiceContext, 'openTree' | 'sendFile' | 'loadModule'>;

export const maxMapBytes = 1 << 20;

/** Answers one request of RFC 1436, and hangs up. */
export async function createGopherService(options: GopherOptions, context: Context): Promise<Service> {
  const searches = await loadSearches(options.search, context);
  return {
    async connection(session) {
      const line = await readLine(session);
      if (line === null) return;
      const request = line === overlongLine ? null : parseRequest(line);
      if (request === null) return refuse(session, 'The selector is too long');
      if (request.selector.startsWith('URL:')) return redirect(session, request);
      const search = searches.at(request.selector);
      if (search !== undefined) return find(session, request, search);
      try {
        await show(session, request);
      } catch (error) {
        if (error instanceof TemporaryError) return refuse(session, 'Not now, try again later');
        // The same for what is not there and for what is not to be seen.
        if (!(error instanceof TreeError) || error.fault === 'failed') throw error;
        await refuse(session, `There is no ${request.selector}`);
      }
    },
  };

  async function show(session: Session, { selector }: GopherRequest): Promise<void> {
    const tree = await context.openTree(session, {
      root: options.root,
      permissions: ['list', 'read'],
      quota: null,
      maxFileSize: null,
    });
    const { kind } = await tree.stat(selector);
    if (kind === 'folder') return write(session.stream, formatMenu(await menuOf(tree, selector), placeOf(session)));
    using file = await tree.open(selector);
    await sendFile(session, selector, file);
  }

  async function menuOf(tree: Tree, folder: string): Promise<GopherItem[]> {
    const text = await readSmallFile(tree, `${folder}/${mapName}`, maxMapBytes);
    const map = text === null ? { items: [], hasListing: true } : parseGophermap(text, folder);
    if (!map.hasListing) return [...map.items];
    const shown = folder === '/' && text === null ? searches.items : [];
    return [...map.items, ...(await listFolder(tree, folder)), ...shown];
  }

  async function sendFile(session: Session, selector: string, { fd, entry }: OpenFile): Promise<void> {
    if (typeOfFile(selector.slice(selector.lastIndexOf('/') + 1)) === '0') return sendTextFile(session.stream, fd);
    await context.sendFile(session, { fd, offset: 0, length: entry.size });
  }

  async function find(session: Session, { selector, query }: GopherRequest, search: Search): Promise<void> {
    const found = await search(query ?? '', { selector, signal: session.signal });
    const bytes = typeof found === 'string' ? dotted(found) : formatMenu(checkedItems(found), placeOf(session));
    await write(session.stream, bytes);
  }

  function placeOf({ local }: Session): Place {
    const own = local.family === 'unix' ? { host: 'localhost', port: 70 } : { host: local.address, port: local.port };
    return { host: options.hostname ?? own.host, port: options.port ?? own.port };
  }

  async function refuse(session: Session, message: string): Promise<void> {
    await write(session.stream, formatMenu([errorItem(message)], placeOf(session)));
  }

  async function redirect(session: Session, { selector }: GopherRequest): Promise<void> {
    const page = redirectPage(selector);
    await (page === null ? refuse(session, 'That leads nowhere') : write(session.stream, page));
  }
}

// Nothing that a peer sends: a line holds no newline.
const overlongLine = '\n';

async function readLine({ stream, signal }: Session): Promise<string | null> {
  for await (const { bytes, overlong } of readLines(stream, { maxBytes: maxLineBytes, signal }))
    return overlong ? overlongLine : bytes.toString('utf8');
  return null;
}
