import type { ServerResponse } from 'node:http';

import { roomIn } from '../../../wire/room.ts';
import { isUnread } from '../errors.ts';
import type { Exchange } from '../route.ts';
import { bytesOf, startOf, type BodyStart } from './body-start.ts';

/**
 * Writes what the app answered: head and body as they come, no faster than the peer takes them. Throws and has written
 * nothing when it is no answer; throws when the body fails on its way, so that the peer gets to see it cut off.
 */
export async function sendResponse(answer: unknown, exchange: Exchange): Promise<void> {
  const given = checkedAnswer(answer);
  const { request, response, signal } = exchange;
  if (given.body === null || request.method === 'HEAD' || isBodiless(given.status) || signal.aborted) {
    await given.body?.cancel();
    if (signal.aborted) return;
    // The length of a HEAD or a 304 is that of the answer to a GET, and nobody knows it but the app.
    const isEmpty = given.body === null && request.method !== 'HEAD' && given.status !== 304;
    writeHead(exchange, given, isEmpty ? 0 : null);
    response.end();
    return;
  }
  const reader = given.body.getReader();
  // A read that is under way ends then, and with it the sending.
  const leave = (): void => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', leave, { once: true });
  try {
    const start = await startOf(reader);
    if (signal.aborted) return;
    const length = writeHead(exchange, given, start.pending === null ? start.length : null);
    await sendBody({ response, start, reader, length, signal });
  } catch (error) {
    leave();
    response.statusMessage = '';
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function checkedAnswer(answer: unknown): Response {
  if (!(answer instanceof Response)) throw new TypeError('the app gave something that is not a Response');
  // Response.error() has the status 0, which cannot be sent.
  if (answer.type === 'error' || answer.status < 200) throw new TypeError('the app gave an error for a Response');
  if (answer.bodyUsed) throw new TypeError('the app gave a Response whose body was read before');
  return answer;
}

/** RFC 9110 15.3.5, 15.3.6, 15.4.5. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

// RFC 9110 7.6.1: these are about the connection, which is ours. An app that passes on another server's answer has them.
const ofTheConnection: ReadonlySet<string> = new Set(
  'connection keep-alive proxy-connection te trailer transfer-encoding upgrade content-length set-cookie'.split(' '),
);

/** Sets status and headers. `known`: the body's length, where all of it is there. Returns the length that is announced. */
function writeHead({ request, response }: Exchange, answer: Response, known: number | null): number | null {
  const { status, statusText, headers } = answer;
  setHeaders(response, headers);
  if (isUnread(request) || /\bclose\b/i.test(headers.get('connection') ?? '')) response.shouldKeepAlive = false;
  const length = known ?? announcedLength(headers);
  // RFC 9110 8.6: none with a 204.
  if (length !== null && status !== 204) response.setHeader('content-length', length);
  response.statusCode = status;
  if (statusText !== '') response.statusMessage = statusText;
  return length;
}

function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of headers) {
    if (!ofTheConnection.has(name)) response.setHeader(name, value);
  }
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
}

function announcedLength(headers: Headers): number | null {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

interface Sending {
  readonly response: ServerResponse;
  readonly start: BodyStart;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** As announced; null: the end tells. */
  readonly length: number | null;
  readonly signal: AbortSignal;
}

async function sendBody({ response, start, reader, length, signal }: Sending): Promise<void> {
  let sent = 0;
  const isRoomAfter = (bytes: Uint8Array): boolean => {
    sent += bytes.length;
    // Bytes past what was announced would be taken for the next answer on the connection.
    if (length !== null && sent > length) throw new RangeError('the body is longer than its content-length');
    return response.write(bytes);
  };
  // What is there goes out together with the head.
  const isRoom = start.chunks.map(isRoomAfter).every(Boolean);
  if (start.pending === null) return void response.end();
  if (start.chunks.length === 0) response.flushHeaders();
  if (!isRoom) await drained(response, signal);
  for (let next = start.pending; ; next = reader.read()) {
    const { value, done } = await next;
    if (signal.aborted) return;
    if (done) break;
    if (!isRoomAfter(bytesOf(value))) await drained(response, signal);
  }
  if (length !== null && sent < length) throw new RangeError('the body is shorter than its content-length');
  response.end();
}

/** Resolves when more can be written, or nothing can any more. */
async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await roomIn(response);
}
