import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Account } from '../../contract/account.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';

/** One request and its answer, on the way through a route. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly session: Session;
  /** Prefix of the route, as configured: "/cgi-bin/". */
  readonly route: string;
  /** Percent-decoded, without dot segments, beginning with "/". */
  readonly path: string;
  /** What of the path lies below the prefix, without a slash at its beginning. */
  readonly rest: string;
  /** As it was sent, without "?"; null: there was none. */
  readonly query: string | null;
  /** What the peer calls us: "example.com:8080", of right form; null: HTTP/1.0 without a Host header. */
  readonly host: string | null;
  /** Who has logged in; null where the route asks for nobody. */
  readonly account: Account | null;
  /** Aborted when the peer has left or the session is ended. */
  readonly signal: AbortSignal;
}

/** What answers below one prefix. One file or folder for each kind; none knows another. */
export interface Route {
  /** Answers, or throws an HttpError that becomes the answer. Anything else that is thrown is a 500 and one event. */
  handle(exchange: Exchange): Promise<void>;
  stop?(): Promise<void> | void;
}

/** What a route is given when it is made. */
export interface RouteHost {
  readonly prefix: string;
  readonly context: ServiceContext;
  /**
   * Answers as if a GET (or the HEAD that it is) had asked for this path of ours, "/path?query"; accounts are asked for as
   * ever. Throws an HttpError past a number of times for one request.
   */
  redispatch(exchange: Exchange, target: string): Promise<void>;
}

/** An answer that is no success: its status, and a sentence for the peer. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What of this machine was in the way, for the log alone; null: nothing to tell. */
  readonly reason: string | null;
  constructor(
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    reason: string | null = null,
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.reason = reason;
  }
}

/** No more is told of why: whether there is something that may not be seen is nobody's business. */
export function absent(): HttpError {
  return new HttpError(404, 'There is nothing here.');
}
