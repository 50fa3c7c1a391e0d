import type { IncomingMessage } from 'node:http';

import type { Session } from '../../contract/session.ts';

export interface Answered {
  readonly session: Session;
  /** null: what came was no request. */
  readonly request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers'> | null;
  readonly account: string | null;
  readonly route: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  readonly seconds: number;
}

/** One event for each request; its message is a line in the combined format, as programs that count visitors read it. */
export function logAccess(answered: Answered, now: Date = new Date()): void {
  const { session, request, account, route, status, bytes, seconds } = answered;
  session.log.info(combinedLine(answered, now), {
    event: 'http.request',
    method: request?.method,
    path: request?.url,
    route,
    status,
    bytes,
    duration: Math.round(seconds * 1e6) / 1e6,
    ...(account === null ? {} : { account }),
  });
}

export function combinedLine({ session, request, account, status, bytes }: Answered, now: Date): string {
  const peer = session.peer.family === 'unix' ? 'unix' : session.peer.address;
  const line = request === null ? '-' : `${request.method} ${request.url} HTTP/${request.httpVersion}`;
  const { referer, 'user-agent': agent } = request?.headers ?? {};
  const quoted = [line, referer, agent].map((text) => `"${escape(text ?? '-')}"`);
  return `${peer} - ${account === null ? '-' : escape(account).replaceAll(' ', '\\x20')} [${clock(now)}] ${quoted[0]} ${status} ${
    bytes === 0 ? '-' : bytes
  } ${quoted[1]} ${quoted[2]}`;
}

// A request has 16 KB at the most; nobody needs all of it in a line.
const maxLength = 2_048;

/** As Apache writes it: nothing that a peer sends ends the quotes or the line. */
function escape(text: string): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
  return short.replace(/["\\]|[^\x20-\x7e]/g, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** "25/Nov/2026:23:04:05 +0100" */
function clock(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -now.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const date = `${two(now.getDate())}/${months[now.getMonth()]}/${now.getFullYear()}`;
  return `${date}:${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())} ${zone}`;
}
