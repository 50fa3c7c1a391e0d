import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { ServerResponse } from 'node:http';

import { roomIn } from '../../../wire/room.ts';
import { isCompressing } from '../compression.ts';
import { HttpError, type Exchange, type RouteHost } from '../route.ts';
import { isRangeOfSame, judgeConditions } from './conditions.ts';
import { parseRanges, type ByteRange } from './ranges.ts';
import type { OpenRepresentation } from './representation.ts';

export type SendHost = Pick<RouteHost, 'context'>;

/** Answers with a file, or with what the request's conditions make of that. */
export function sendRepresentation(exchange: Exchange, file: OpenRepresentation, host: SendHost): Promise<void> | void {
  const { request, response } = exchange;
  const { headers } = request;
  const verdict = judgeConditions(headers, file);
  if (verdict === 304) return void response.writeHead(304, withoutContent(file)).end();
  if (verdict === 412) throw new HttpError(412, 'The file is not what the request takes it for.');
  if (
    headers.range !== undefined &&
    request.method === 'GET' &&
    isRangeOfSame(request.headersDistinct['if-range']?.[0], file)
  ) {
    const ranges = parseRanges(headers.range, file.size);
    if (ranges !== null) return sendRanges(exchange, file, ranges, host);
  }
  response.writeHead(200, file.headers as string[]);
  if (request.method === 'HEAD') return void response.end();
  if (file.text !== null) return void response.end(file.text, 'latin1');
  if (file.bytes !== null) return void response.end(file.bytes);
  return sendPart(exchange, file, { first: 0, last: file.size - 1 }, host).then(() => void response.end());
}

/** RFC 9110 15.4.5: what would have been said in a 200 about the caching of it. */
function withoutContent({ headers }: OpenRepresentation): string[] {
  return pick(headers, (name) => name === 'ETag' || name === 'Last-Modified' || name === 'Vary');
}

function pick(headers: readonly string[], isWanted: (name: string) => boolean): string[] {
  return headers.filter((_, i) => isWanted(headers[i & ~1]!));
}

async function sendRanges(
  exchange: Exchange,
  file: OpenRepresentation,
  ranges: readonly ByteRange[],
  host: SendHost,
): Promise<void> {
  const { response } = exchange;
  const [range, second] = ranges;
  if (range === undefined) {
    throw new HttpError(416, 'The file has no such range.', { 'Content-Range': `bytes */${file.size}` });
  }
  if (second !== undefined) return sendMultipart(exchange, file, ranges, host);
  const others = pick(file.headers, (name) => name !== 'Content-Length');
  response.writeHead(206, [
    ...others,
    'Content-Range',
    contentRange(range, file.size),
    'Content-Length',
    String(lengthOf(range)),
  ]);
  await sendPart(exchange, file, range, host);
  response.end();
}

/** RFC 9110 14.6 */
async function sendMultipart(
  exchange: Exchange,
  file: OpenRepresentation,
  ranges: readonly ByteRange[],
  host: SendHost,
): Promise<void> {
  const { response } = exchange;
  const boundary = randomBytes(16).toString('hex');
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\nContent-Type: ${file.type}\r\nContent-Range: ${contentRange(range, file.size)}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const length = ranges.reduce((sum, range, i) => sum + heads[i]!.length + lengthOf(range), tail.length);
  const others = pick(file.headers, (name) => name !== 'Content-Length' && name !== 'Content-Type');
  response.writeHead(206, [
    ...others,
    'Content-Type',
    `multipart/byteranges; boundary=${boundary}`,
    'Content-Length',
    String(length),
  ]);
  for (const [i, range] of ranges.entries()) {
    await written(response, heads[i]!);
    await sendPart(exchange, file, range, host);
  }
  response.end(tail);
}

async function sendPart(
  { response, session }: Exchange,
  file: OpenRepresentation,
  range: ByteRange,
  { context }: SendHost,
): Promise<void> {
  if (file.bytes !== null) return written(response, file.bytes.subarray(range.first, range.last + 1));
  if (file.fd === null || range.last < range.first) return;
  if (isCompressing(response)) return writeFrom(response, file.fd, range);
  response.flushHeaders();
  await context.sendFile(session, { fd: file.fd, offset: range.first, length: lengthOf(range) });
}

function written(response: ServerResponse, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(data, 'latin1', (error) => (error == null ? resolve() : reject(error)));
  });
}

const chunkBytes = 64 * 1024;

/**
 * Through what compresses. Not by a stream: destroyed because the peer has left, one would close the descriptor, and its number may
 * then be another's before we close it ourselves.
 */
async function writeFrom(response: ServerResponse, fd: number, { first, last }: ByteRange): Promise<void> {
  for (let at = first; at <= last;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, last + 1 - at));
    const count = await read(fd, chunk, at);
    if (count === 0) throw new Error('the file has become shorter');
    if (response.destroyed) throw new Error('the peer has left');
    at += count;
    if (!response.write(chunk.subarray(0, count))) await roomIn(response);
  }
}

function read(fd: number, chunk: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, chunk, 0, chunk.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function contentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`;
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1;
}
