import type { Readable, Writable } from 'node:stream';

/** A request on its way to a backend. */
export interface Call {
  /** Takes the body. */
  readonly input: Writable;
  /** Gives a header as CGI programs write it, and the body of the answer; an error where the backend broke off. */
  readonly output: Readable;
}
