import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Account } from '../../contract/account.ts';
import type { Session } from '../../contract/session.ts';
import type { Turn } from './connection.ts';
import type { Exchange } from './route.ts';

/** One request on its way through the service. A class, so that it is a small object: most routes never ask for the signal. */
export class Visit {
  readonly turn: Turn;
  readonly session: Session;
  host: string | null = null;
  /** Where it is now; "": nowhere yet. */
  route = '';
  account: Account | null = null;
  /** How often it was handed on within the service. */
  hops = 0;
  #controller: AbortController | undefined;

  constructor(turn: Turn, session: Session) {
    this.turn = turn;
    this.session = session;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const { session } = this;
    const { response } = this.turn;
    if (session.signal.aborted) controller.abort(session.signal.reason);
    else if (response.destroyed || response.socket?.destroyed === true) controller.abort();
    else {
      const onEnd = (): void => controller.abort(session.signal.reason);
      session.signal.addEventListener('abort', onEnd);
      response.once('close', () => {
        session.signal.removeEventListener('abort', onEnd);
        if (!response.writableFinished) controller.abort();
      });
    }
    return controller.signal;
  }

  abort(): void {
    this.#controller?.abort();
  }
}

/** What a route is asked, each time the request is handed on. */
export class HttpExchange implements Exchange {
  readonly visit: Visit;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly session: Session;
  readonly route: string;
  readonly path: string;
  readonly rest: string;
  readonly query: string | null;
  readonly host: string | null;
  readonly account: Account | null;

  constructor(visit: Visit, { path, query }: Pick<Exchange, 'path' | 'query'>, rest: string) {
    this.visit = visit;
    this.request = visit.turn.request;
    this.response = visit.turn.response;
    this.session = visit.session;
    this.route = visit.route;
    this.host = visit.host;
    this.account = visit.account;
    this.path = path;
    this.query = query;
    this.rest = rest;
  }

  get signal(): AbortSignal {
    return this.visit.signal;
  }

  /** The peer has left, or what it sent cannot be gone on with. */
  abort(): void {
    this.visit.abort();
  }
}
