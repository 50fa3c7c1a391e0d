import { HttpError } from './route.ts';

/** What a request asks for (RFC 9112 3.2). */
export interface Target {
  /** Percent-decoded, without dot segments, beginning with "/". */
  readonly path: string;
  /** As it was sent, without "?"; null: there was none. */
  readonly query: string | null;
  /** Of a target in absolute form; null: the Host header says it. */
  readonly authority: string | null;
}

// Nothing to decode or to remove, and nothing that is wrong: what nearly all targets look like.
const plain =
  /^\/(?:[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9_.~!$&'()*+,;=:@-]*\/)*(?:[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9_.~!$&'()*+,;=:@-]*)?$/;
// Other octets have no place in a URI (RFC 3986 2); node:http lets some of them through.
const allowed = /^[\x21\x22\x24-\x7e]*$/;

/** Throws an HttpError: 400 for what is no target of ours, 404 for a path that can stand for nothing here. */
export function parseTarget(text: string): Target {
  const mark = text.indexOf('?');
  const before = mark === -1 ? text : text.slice(0, mark);
  const query = mark === -1 ? null : text.slice(mark + 1);
  if (query !== null && !allowed.test(query)) throw bad();
  if (plain.test(before)) return { path: before, query, authority: null };
  if (!allowed.test(before)) throw bad();
  if (before.startsWith('/')) return { path: normalize(decode(before)), query, authority: null };
  // RFC 9112 3.2.2: a target in absolute form is to be understood.
  const absolute = /^https?:\/\/([^/]+)(\/.*)?$/i.exec(before);
  if (absolute === null) throw bad();
  const [, authority = '', path = '/'] = absolute;
  return { path: normalize(decode(path)), query, authority };
}

function decode(path: string): string {
  if (!path.includes('%')) return path;
  // Whether it parts two segments or not depends on who reads it: it names nothing here.
  if (/%2f/i.test(path)) throw new HttpError(404, 'There is nothing here.');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw bad();
  }
  if (decoded.includes('\0')) throw bad();
  return decoded;
}

/** RFC 3986 5.2.4. ".." at the top stays at the top. */
function normalize(path: string): string {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  const last = segments.at(-1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}

function bad(): HttpError {
  return new HttpError(400, 'The request target cannot be understood.');
}

// RFC 3986 3.2.2, with a port; names as DNS and container networks have them.
const host = /^(?:[A-Za-z0-9_~!$&'()*+,;=.%-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{0,5})?$/;

export function isHost(text: string): boolean {
  return host.test(text);
}

/**
 * The same place with a slash behind it, relative to the request's own URL: a reference of one segment cannot lead to
 * another host, whatever the path looks like.
 */
export function slashLocation(path: string, query: string | null): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return `./${encodeURIComponent(name)}/${query === null ? '' : `?${query}`}`;
}
