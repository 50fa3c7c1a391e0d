import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { tooLarge } from '../body.ts';
import type { Exchange } from '../route.ts';
import { spool } from './spool.ts';

/** What a program is to read. */
export interface RequestBody {
  /** null: the request has none. */
  readonly length: number | null;
  /** Where it comes from, if there is something to come. */
  readonly stream: Readable | null;
  /** It has come already, and is here. */
  readonly file: FileHandle | null;
  close(): void;
}

/** CGI, FastCGI and SCGI want the length first: where the peer does not say it, the body is waited for. Throws an HttpError. */
export function takeBody({ request }: Exchange, maxBytes: number): RequestBody | Promise<RequestBody> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  // A request that is handed on within the service (RFC 3875 6.2.2) has left its body with the first program.
  if (taken.has(request)) return { ...nothing, length: null };
  if (coding !== undefined || length !== undefined) taken.add(request);
  if (coding !== undefined) return takeWhole(request, maxBytes);
  if (length === undefined) return { ...nothing, length: null };
  const bytes = Number(length);
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  return bytes === 0 ? { ...nothing, length: 0 } : { ...nothing, length: bytes, stream: request };
}

const taken = new WeakSet<IncomingMessage>();

const nothing = { stream: null, file: null, close() {} } as const;

async function takeWhole(request: Readable, maxBytes: number): Promise<RequestBody> {
  const { file, length } = await spool(request, maxBytes);
  return { length, stream: null, file, close: () => void file.close().catch(() => {}) };
}
