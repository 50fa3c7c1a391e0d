import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { TemporaryError } from '../../../contract/errors.ts';
import { parseHttpDate } from '../../../wire/http-date.ts';
import { connectReason } from '../../tls-reason.ts';
import type { Body } from './body.ts';

export interface Sending {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

// Of an answer only its status is of interest; a long one would keep the connection busy.
const maxAnswerBytes = 65_536;
const shownLength = 200;
const endMs = 500;

/** Sends the body. Resolves at an answer that says it was taken; everything else is thrown, by its kind. */
export async function send(sending: Sending): Promise<void> {
  const answer = await exchange(sending).catch((error: unknown) => {
    // A server may close a connection that it has kept at the moment when we use it again.
    if (error instanceof StaleError) return exchange(sending);
    throw error;
  });
  judge(answer, Date.now());
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly text: string;
}

/** Nothing was answered on a connection that others had used before. */
class StaleError extends TemporaryError {}

async function exchange({ url, method, headers, body, agent, signal }: Sending): Promise<Answer> {
  const client = url.protocol === 'https:' ? https : http;
  const request = client.request(url, {
    method,
    agent,
    signal,
    headers: { ...headers, 'Content-Type': body.contentType, 'Content-Length': String(body.length) },
  });
  const count = { bytes: 0 };
  const sent = Readable.from(counted(body.read(signal), count), { highWaterMark: 1 });
  try {
    const answer = await answerOf(request, sent);
    // With an answer that came early the rest is not wanted. Otherwise the connection is for the next; but a server knows where
    // the body ends, and may answer before we have noticed the end ourselves.
    if (count.bytes < body.length || !(await ended(request))) request.destroy();
    return answer;
  } catch (error) {
    request.destroy();
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    const message = connectReason(error) || code || 'the connection was lost';
    const isStale = request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
    throw new (isStale ? StaleError : TemporaryError)(message, null, { cause: error });
  } finally {
    sent.destroy();
  }
}

async function ended(request: ClientRequest): Promise<boolean> {
  const patience = AbortSignal.timeout(endMs);
  return finished(request, { readable: false, signal: patience }).then(
    () => true,
    () => false,
  );
}

async function* counted(chunks: AsyncIterable<Buffer>, count: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    yield chunk;
  }
}

/** The answer counts also when it comes before the body has gone, as with a 413. */
function answerOf(request: ClientRequest, sent: Readable): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const fail = (error: Error): void => {
      if (!isAnswered) reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      isAnswered = true;
      readAnswer(response).then(resolve, reject);
    });
    sent.on('error', fail);
    sent.pipe(request);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode = 0, headers } = response;
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (text.length < shownLength) text += chunk.toString('latin1', 0, shownLength);
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) break;
    }
  } catch {
    // What it wanted to say is known.
  }
  return {
    status: statusCode,
    retryAfter: headers['retry-after'],
    location: headers.location,
    text: sentenceOf(headers['content-type'] ?? '', text.trim()).slice(0, shownLength),
  };
}

/** What an answer says for people: of a text its first line, of a page nothing, as its status tells as much. */
function sentenceOf(type: string, text: string): string {
  if (text.startsWith('<') || /^(?:text\/html|application\/xhtml)/i.test(type)) return '';
  // {"error": "…"}, in one line or in several.
  if (/^[{[]/.test(text)) return text.replaceAll(/\s+/g, ' ');
  return (text.split(/[\r\n]/)[0] ?? '').trim();
}

// Timeout, too early, too many: RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4.
const temporaryStatus: ReadonlySet<number> = new Set([408, 425, 429]);

function judge({ status, retryAfter, location, text }: Answer, now: number): void {
  if (status >= 200 && status < 300) return;
  // Where a redirect leads, another could decide; whoever moved has to tell the operator.
  if (status >= 300 && status < 400)
    throw new Error(
      `HTTP ${status}: redirects are not followed${location === undefined ? '' : ` (to ${location.slice(0, shownLength)})`}`,
    );
  const message = `HTTP ${status}${text === '' ? '' : `: ${text}`}`;
  if (!temporaryStatus.has(status) && status < 500) throw new Error(message);
  throw new TemporaryError(message, retryAfterMs(retryAfter, now));
}

/** RFC 9110 10.2.3: seconds or a date. */
export function retryAfterMs(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text, now);
  return date === null ? null : Math.max(0, date - now);
}
