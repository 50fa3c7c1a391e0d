import { randomBytes } from 'node:crypto';
import { addAbortSignal } from 'node:stream';

import type { Item } from '../../../contract/item.ts';
import { contentTypeOf, dispositionOf, factsOf } from './facts.ts';
import type { WebhookOptions } from './options.ts';

/** What is sent. It can be read more than once, and is the same each time: its signature has to be known before. Reading ends at the abort. */
export interface Body {
  readonly contentType: string;
  /** Bytes. */
  readonly length: number;
  read(signal: AbortSignal): AsyncIterable<Buffer>;
}

export function createBody(kind: WebhookOptions['body'], item: Item, delivery: string): Body {
  if (kind === 'json') return jsonBody(item, delivery);
  if (kind === 'multipart') return multipartBody(item, delivery);
  return { contentType: contentTypeOf(item), length: item.size, read: (signal) => readItem(item, signal) };
}

/** Facts, and the thing in base64 as `content`. */
function jsonBody(item: Item, delivery: string): Body {
  const start = Buffer.from(`${JSON.stringify(factsOf(item, delivery)).slice(0, -1)},"content":"`);
  const end = Buffer.from('"}');
  return {
    contentType: 'application/json',
    length: start.length + 4 * Math.ceil(item.size / 3) + end.length,
    async *read(signal) {
      yield start;
      yield* inBase64(readItem(item, signal));
      yield end;
    },
  };
}

/** RFC 7578: `facts`, which is JSON, and `file`. */
function multipartBody(item: Item, delivery: string): Body {
  const boundary = `portico-${randomBytes(16).toString('hex')}`;
  const start = Buffer.from(
    [
      `--${boundary}`,
      'Content-Disposition: form-data; name="facts"',
      'Content-Type: application/json',
      '',
      JSON.stringify(factsOf(item, delivery)),
      `--${boundary}`,
      `Content-Disposition: ${dispositionOf('form-data', item.name, '; name="file"')}`,
      `Content-Type: ${contentTypeOf(item)}`,
      '',
      '',
    ].join('\r\n'),
  );
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: start.length + item.size + end.length,
    async *read(signal) {
      yield start;
      yield* readItem(item, signal);
      yield end;
    },
  };
}

async function* readItem(item: Item, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of addAbortSignal(signal, item.open())) yield chunk as Buffer;
}

async function* inBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = whole.length - (whole.length % 3);
    if (end > 0) yield Buffer.from(whole.toString('base64', 0, end), 'latin1');
    rest = whole.subarray(end);
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}
