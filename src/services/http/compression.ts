import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, createGzip, createZstdCompress, type Gzip, type ZstdCompress } from 'node:zlib';

import { chooseEncodings, type Encoding } from './accept-encoding.ts';

// Compresses answers on their way out, whatever route gives them: what it writes to the response goes through zlib first.

type Compressor = Gzip | ZstdCompress;
/** As `write` and `end` of a response. */
interface Way {
  write(chunk: unknown, encoding?: unknown, done?: unknown): boolean;
  end(chunk?: unknown, encoding?: unknown, done?: unknown): void;
}

type Head = OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined;

// Less gains nothing, once a header has said what became of it.
const minBytes = 1_024;
// Each takes up to some megabytes; who comes when so many are at work gets the text as it is.
const maxAtWork = 64;
const offered: readonly Encoding[] = ['zstd', 'gzip'];

const compressing = new WeakSet<ServerResponse>();
let atWork = 0;

/** Whether what is written to the response is compressed: nothing may go past it then. */
export function isCompressing(response: ServerResponse): boolean {
  return compressing.has(response);
}

/** To be called before anybody else has to do with the response. */
export function compressAnswer(request: IncomingMessage, response: ServerResponse): void {
  const [encoding] = request.method === 'HEAD' ? [] : chooseEncodings(request.headers['accept-encoding'], offered);
  const writeHead = response.writeHead.bind(response);
  const plain: Way = { write: response.write.bind(response), end: response.end.bind(response) };
  let way = plain;

  response.writeHead = (status: number, second?: unknown, third?: unknown) => {
    const [message, head] = typeof second === 'string' ? [second, third as Head] : [undefined, second as Head];
    addHeaders(response, head);
    if (isWorthIt(status, response)) {
      addVary(response);
      if (encoding !== undefined && atWork < maxAtWork) {
        changeHeaders(response, encoding);
        way = divert(response, plain, encoding === 'zstd' ? createZstdCompress() : createGzip());
      }
    }
    return message === undefined ? writeHead(status) : writeHead(status, message);
  };
  // Who writes without a head means one of its own, which has to be there first.
  response.write = ((...words: Parameters<Way['write']>) => {
    if (!response.headersSent) response.writeHead(response.statusCode);
    return way.write(...words);
  }) as typeof response.write;
  response.end = ((...words: Parameters<Way['end']>) => {
    const [chunk] = words;
    if (!response.headersSent && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
      if (!response.hasHeader('content-length')) response.setHeader('Content-Length', Buffer.byteLength(chunk));
      response.writeHead(response.statusCode);
    }
    way.end(...words);
    return response;
  }) as typeof response.end;
}

/** As `writeHead` takes them: an object, or names and values in turn. */
function addHeaders(response: ServerResponse, head: Head): void {
  if (head === undefined) return;
  if (!Array.isArray(head)) {
    for (const [name, value] of Object.entries(head)) if (value !== undefined) response.setHeader(name, value);
    return;
  }
  const flat = head.flat() as string[];
  const names = new Set(flat.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  for (const name of names) response.removeHeader(name);
  for (let i = 0; i < flat.length; i += 2) response.appendHeader(flat[i]!, flat[i + 1]!);
}

function isWorthIt(status: number, response: ServerResponse): boolean {
  // A part of something is a part of what its ETag names; nothing has no length.
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  if (response.hasHeader('content-encoding') || response.hasHeader('content-range')) return false;
  const length = response.getHeader('content-length');
  if (length !== undefined && Number(length) < minBytes) return false;
  if (/\bno-transform\b/i.test(String(response.getHeader('cache-control') ?? ''))) return false;
  return isText(String(response.getHeader('content-type') ?? ''));
}

function isText(type: string): boolean {
  // Each event has to arrive when it happens; what is waited for cannot be packed together.
  if (type.startsWith('text/event-stream')) return false;
  return /^(?:text\/|application\/(?:json|javascript|xml|wasm|manifest)|image\/svg|[^;]*\+(?:json|xml)\b)/i.test(type);
}

function addVary(response: ServerResponse): void {
  const vary = String(response.getHeader('vary') ?? '');
  if (vary === '*' || /\baccept-encoding\b/i.test(vary)) return;
  response.setHeader('Vary', vary === '' ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
}

function changeHeaders(response: ServerResponse, encoding: Encoding): void {
  response.removeHeader('content-length');
  response.removeHeader('accept-ranges');
  response.setHeader('Content-Encoding', encoding);
  // RFC 9110 8.8.1: other bytes that mean the same.
  const etag = response.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) response.setHeader('ETag', `W/${etag}`);
}

/** What is written goes into the compressor, and what comes out of it to the peer. */
function divert(response: ServerResponse, plain: Way, compressor: Compressor): Way {
  const flush = createFlush(compressor);
  let isEnded = false;
  atWork += 1;
  compressing.add(response);
  compressor.on('data', (chunk: Buffer) => {
    if (!plain.write(chunk)) compressor.pause();
  });
  compressor.on('end', () => plain.end());
  compressor.on('error', () => response.destroy());
  compressor.on('drain', () => response.emit('drain'));
  response.on('drain', () => compressor.resume());
  response.once('close', () => {
    atWork -= 1;
    compressor.destroy();
  });
  // Whoever asks means what it has ended itself.
  Object.defineProperty(response, 'writableEnded', { get: () => isEnded });
  return {
    write(chunk, encoding, done) {
      const isRoomLeft = compressor.write(chunk, encodingOf(encoding), callbackOf(encoding, done));
      flush();
      return isRoomLeft;
    },
    end(chunk, encoding, done) {
      isEnded = true;
      const callback = callbackOf(chunk, encoding, done);
      response.once('finish', () => callback());
      if (chunk == null || typeof chunk === 'function') compressor.end();
      else compressor.end(chunk, encodingOf(encoding));
    },
  };
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
}

/** The last of the words that `write` and `end` take, wherever it stands. */
function callbackOf(...words: readonly unknown[]): (error?: Error | null) => void {
  const callback = words.find((word) => typeof word === 'function');
  return callback === undefined ? () => {} : (callback as (error?: Error | null) => void);
}

/** What was written is on its way when nothing more is written at once. */
function createFlush(compressor: Compressor): () => void {
  let isPlanned = false;
  const run = (): void => {
    isPlanned = false;
    if (compressor.destroyed || compressor.writableEnded) return;
    if ('params' in compressor) compressor.flush(constants.Z_SYNC_FLUSH);
    else compressor.flush();
  };
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(run);
  };
}
