import type { Readable } from 'node:stream';

import { reasonOf } from '../../../contract/errors.ts';
import { CgiHeaderError, createCgiHeaderReader, type CgiHeader } from '../../../wire/cgi-header.ts';
import { logFailure } from '../errors.ts';
import { HttpError, type Exchange } from '../route.ts';
import { createDocument, type Document } from './document.ts';

export interface OutputRelay {
  /** Resolves when all of the answer is with the peer's connection. Rejects with an HttpError where none was begun. */
  readonly done: Promise<Relayed>;
  /** The peer takes less than the program gives. */
  readonly isBlocked: boolean;
  /** No more of it: an error for the peer, or where the answer has begun already, its connection is dropped. */
  fail(error: HttpError): void;
}

export interface Relayed {
  /** A path of this server whose answer is the one (RFC 3875 6.2.2). */
  readonly target: string | null;
  /** It is not whole: the program broke off, or the peer has left. */
  readonly isBroken: boolean;
}

export interface RelayOptions {
  readonly exchange: Exchange;
  readonly output: Readable;
  /** Whose it is, for the log. */
  readonly source: string;
  /** Called for each piece of output. */
  readonly touch: () => void;
}

const maxHeaderBytes = 64 * 1024;

/** What a program writes becomes the answer: its header first, then the body as it comes. */
export function relayOutput({ exchange, output, source, touch }: RelayOptions): OutputRelay {
  const { promise: done, resolve, reject } = Promise.withResolvers<Relayed>();
  const reader = createCgiHeaderReader({ maxBytes: maxHeaderBytes });
  let document: Document | null = null;
  let isOver = false;

  const settle = (): void => {
    isOver = true;
    output.off('data', take);
    // What else comes has nowhere to go, but a program that writes shall not wait for ever.
    if (!output.destroyed) output.resume();
  };
  const fail = (error: HttpError): void => {
    if (isOver) return;
    settle();
    document?.drop();
    if (document?.isBegun !== true && !exchange.response.destroyed) return reject(error);
    logFailure(exchange.session, exchange.route, error);
    exchange.response.destroy();
    resolve({ target: null, isBroken: true });
  };
  const begin = ({ header, rest }: { header: CgiHeader; rest: Buffer }): void => {
    if (header.kind === 'local') {
      settle();
      return resolve({ target: header.target, isBroken: false });
    }
    document = createDocument(exchange, header, output);
    document.write(rest);
  };
  const take = (chunk: Buffer): void => {
    touch();
    try {
      if (document !== null) return document.write(chunk);
      const found = reader.push(chunk);
      if (found !== null) begin(found);
    } catch (error) {
      fail(error instanceof CgiHeaderError ? brokenOutput(source, error.message) : (error as HttpError));
    }
  };
  const finish = (): void => {
    if (isOver) return;
    if (document === null) return fail(brokenOutput(source, 'The program ended without a whole header.'));
    if (!document.end()) return fail(brokenOutput(source, 'The program ended before its answer.'));
    settle();
    resolve({ target: null, isBroken: false });
  };
  output.on('data', take);
  output.once('end', finish);
  output.once('error', (error) => fail(brokenOutput(source, 'The program broke off.', reasonOf(error))));
  output.once('close', finish);
  return {
    done,
    get isBlocked() {
      return document?.isBlocked === true;
    },
    fail,
  };
}

/** What a program or a backend gave is no answer. */
export function brokenOutput(source: string, message: string, reason: string = message): HttpError {
  return new HttpError(502, message, {}, `${source}: ${reason}`);
}
