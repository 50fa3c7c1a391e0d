import type { Readable } from 'node:stream';

import type { CgiHeader } from '../../../wire/cgi-header.ts';
import type { Exchange } from '../route.ts';

/** An answer on its way, from the program's header to the last byte of its body. */
export interface Document {
  /** Something of it was sent. */
  readonly isBegun: boolean;
  /** `source` is paused until the peer has taken what there is. */
  readonly isBlocked: boolean;
  write(chunk: Buffer): void;
  /** false: bytes are missing that the header promised. */
  end(): boolean;
  /** What has not begun yet never will. */
  drop(): void;
}

export type DocumentHeader = Extract<CgiHeader, { kind: 'document' }>;

export function createDocument({ request, response }: Exchange, header: DocumentHeader, source: Readable): Document {
  const { status, reason, fields, length } = header;
  const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
  /** What comes with the header waits until this turn of the loop is over: often it is all, and needs one packet. */
  let held: Buffer[] | null = [];
  let isBlocked = false;
  let sent = 0;

  const begin = (more: readonly string[]): void => {
    const all = [...(status === 204 ? withoutLength(fields) : fields), ...more];
    if (reason === '') response.writeHead(status, all);
    else response.writeHead(status, reason, all);
  };
  const send = (chunk: Buffer): void => {
    sent += chunk.length;
    if (response.write(chunk) || isBlocked) return;
    isBlocked = true;
    source.pause();
    response.once('drain', () => {
      isBlocked = false;
      source.resume();
    });
  };
  const release = (): void => {
    if (held === null) return;
    const chunks = held;
    held = null;
    if (response.destroyed || response.headersSent) return;
    begin([]);
    for (const chunk of chunks) send(chunk);
    if (chunks.length === 0) response.flushHeaders();
  };
  const timer = setImmediate(release);

  return {
    get isBegun() {
      return held === null;
    },
    get isBlocked() {
      return isBlocked;
    },
    write(chunk) {
      if (!hasBody || chunk.length === 0) return;
      // More than was promised would be taken for the beginning of the next answer.
      const rest = length === null ? chunk : chunk.subarray(0, length - sent - sizeOf(held ?? []));
      if (rest.length === 0) return;
      if (held === null) send(rest);
      else held.push(rest);
    },
    end() {
      clearImmediate(timer);
      const whole = held === null ? null : Buffer.concat(held);
      if (hasBody && length !== null && sent + (whole?.length ?? 0) < length) return false;
      if (whole === null) response.end();
      else {
        held = null;
        begin(hasBody && length === null ? ['Content-Length', String(whole.length)] : []);
        response.end(whole);
      }
      return true;
    },
    drop: () => clearImmediate(timer),
  };
}

/** RFC 9110 8.6: not with a 204. */
function withoutLength(fields: readonly string[]): readonly string[] {
  return fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== 'content-length');
}

function sizeOf(chunks: readonly Buffer[]): number {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
