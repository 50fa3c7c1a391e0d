import type { Account } from './account.ts';
import type { Endpoint } from './endpoint.ts';
import type { Logger } from './logger.ts';

/** What a module of an http route exports by default; the function `fetch` alone is enough. */
export interface HttpApp {
  /** Answers one request. What it throws becomes a 500 that tells the peer nothing but the session's id. */
  fetch(request: Request, context: HttpRequestContext): Response | Promise<Response>;
  /** Before the first request. Throwing means that the service does not start. */
  start?(context: HttpAppContext): Promise<void> | void;
  /** Once, after the last request. */
  stop?(): Promise<void> | void;
}

/** What an app gets to know when it starts. */
export interface HttpAppContext {
  /** The service's name in the configuration. */
  readonly service: string;
  /** The prefix of the route: "/app/". Requests come with their whole path. */
  readonly route: string;
  readonly log: Logger;
  /** Aborted when the worker is to end: nothing new comes, let what runs come to its end. */
  readonly signal: AbortSignal;
}

/** What an app gets to know beside the request. */
export interface HttpRequestContext {
  /** The connection's id, the same in every log line. */
  readonly session: string;
  readonly peer: Endpoint;
  /** Who has logged in; null where the route asks for nobody. */
  readonly account: Account | null;
  readonly log: Logger;
  /** Aborted when the peer has left or the session is ended; so is `request.signal`. */
  readonly signal: AbortSignal;
}
