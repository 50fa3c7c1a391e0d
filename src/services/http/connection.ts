import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Session } from '../../contract/session.ts';
import { rawAnswer } from './errors.ts';
import { HttpError } from './route.ts';

/**
 * A request that came whole, up to its body, and where its answer goes. A class, as all that is made for each request and lives
 * as long: V8 may put the literals of one place among the old objects from the start, and then each keeps alive what belongs
 * to it until the next full collection.
 */
export class Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Known before anything was looked at. */
  readonly refusal: HttpError | null;
  /** The peer has left, or sends what cannot be understood: who answers puts in what has to be told of it. */
  onBroken: () => void = ignore;
  /** The last byte of the answer is out, or the connection is lost. */
  onClosed: () => void = ignore;

  constructor(request: IncomingMessage, response: ServerResponse, refusal: HttpError | null) {
    this.request = request;
    this.response = response;
    this.refusal = refusal;
  }
}

const ignore = (): void => {};

/**
 * RFC 9110 7.8: it is answered as if it had not asked. But Node's parser takes what stands behind it for another protocol and drops
 * that, so that what comes next could be the rest of a request whose beginning nobody has seen.
 */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined;
}

/** What all connections of a service have in common. */
export interface ConnectionHost {
  readonly maxRequests: number;
  answer(turn: Turn, session: Session): void;
  /** Takes no more requests; called once. */
  left(connection: Connection): void;
}

// Requests that were sent ahead of their answers. They wait, so that one connection is never more than one request at work.
const maxWaiting = 100;
// How long an answer may take to begin after the peer has ended its direction. Who only says "no more requests" by that
// gets it; a peer that is gone looks the same until something is sent.
const halfClosedMs = 2_000;

/** Leads from a socket to its connection, so that all sockets share their listeners instead of having closures each. */
const owner = Symbol('connection');

type OwnedSocket = Duplex & { [owner]?: Connection };

/**
 * One connection on which requests are answered one after the other. It decides when the connection is over; the session
 * then ends it politely, so that an answer is not lost by a peer that is still sending.
 */
export class Connection {
  readonly session: Session;
  readonly socket: Socket;
  /** Where it stands in the bag of all. */
  place = -1;
  readonly #host: ConnectionHost;
  readonly #over = Promise.withResolvers<void>();
  readonly #waiting: Turn[] = [];
  #current: Turn | null = null;
  #left: number;
  #isOver = false;
  /** No further request is looked at: too many are waiting, or what came behind the last one is none. */
  #isFull = false;
  /** Said after the last answer. */
  #farewell: HttpError | null = null;
  /** What node:http does at the end of the peer's direction. */
  #parserEnd: ((...given: unknown[]) => void) | null = null;

  constructor(host: ConnectionHost, session: Session) {
    this.#host = host;
    this.session = session;
    this.#left = host.maxRequests;
    this.socket = session.stream as Socket;
    // What node:http calls after the last answer, to end and destroy the socket: a peer that is still sending would get a
    // reset, and with it lose the answer.
    this.socket.destroySoon = Connection.#onLastAnswer;
    this.socket.on('close', Connection.#onLost);
    this.socket.on('end', Connection.#onEnd);
    (this.socket as OwnedSocket)[owner] = this;
  }

  static of(socket: Duplex): Connection | undefined {
    return (socket as OwnedSocket)[owner];
  }

  /** Gives the socket to node:http. */
  hand(take: (socket: Socket) => void): void {
    take(this.socket);
    const last = this.socket.listeners('end').at(-1);
    if (last !== undefined && last !== Connection.#onEnd) this.#parserEnd = last;
  }

  /** Resolves when nothing more will be said. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isIdle(): boolean {
    return this.#current === null;
  }

  take(turn: Turn): void {
    if (this.#isOver || this.#isFull) return;
    this.#left -= 1;
    const isBusy = this.#current !== null;
    if (isBusy) this.#waiting.push(turn);
    const isLast = this.#left === 0 || this.#waiting.length === maxWaiting || asksForUpgrade(turn.request);
    if (isLast) turn.response.shouldKeepAlive = false;
    if (!isBusy) this.#begin(turn);
    if (isLast) this.#fill();
  }

  /** What came is no request. Answers that are owed go out first. */
  refuse(error: HttpError | null): void {
    if (this.#isOver || this.#isFull) return;
    this.#farewell = error;
    const last = this.#waiting.at(-1) ?? this.#current;
    if (last === null) return this.#sayFarewell();
    if (last.request.complete) return this.#fill();
    // The body of the last request is what cannot be understood, so that there is nothing to answer.
    if (this.#waiting.pop() !== undefined) return this.#fill();
    last.onBroken();
    if (last.response.headersSent) this.socket.destroy();
    else this.#sayFarewell();
  }

  /** Answers what is owed and takes no more. */
  drain(): void {
    const last = this.#waiting.at(-1) ?? this.#current;
    if (last === null) return this.leave();
    if (!last.response.headersSent) last.response.shouldKeepAlive = false;
    this.#fill();
  }

  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting.length = 0;
    if (!this.socket.destroyed) {
      this.#stopParsing();
      // It would end the socket once more, and make an error with a stack of that, for nobody.
      if (this.#parserEnd !== null) this.socket.off('end', this.#parserEnd);
    }
    this.#host.left(this);
    this.#over.resolve();
  }

  #begin(turn: Turn): void {
    this.#current = turn;
    // After the last byte of the answer, or when the socket has closed.
    turn.response.once('close', () => {
      turn.onClosed();
      this.#next();
    });
    this.#host.answer(turn, this.session);
  }

  #next(): void {
    this.#current = null;
    if (this.#isOver) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin(next);
    else if (this.#isFull) this.#sayFarewell();
  }

  #fill(): void {
    this.#isFull = true;
    // A body that is still to come is read as ever.
    const last = this.#waiting.at(-1) ?? this.#current;
    if (last?.request.complete === true) this.#stopParsing();
  }

  #sayFarewell(): void {
    if (this.#farewell !== null && this.socket.writable) {
      this.socket.write(rawAnswer(this.#farewell, this.session.id));
    }
    this.leave();
  }

  /** What still comes is dropped. The parser lets go of a socket that somebody else reads. */
  #stopParsing(): void {
    this.socket.removeAllListeners('data');
    this.socket.on('data', ignore);
  }

  static #onLastAnswer(this: OwnedSocket): void {
    this[owner]?.leave();
  }

  static #onLost(this: OwnedSocket): void {
    this[owner]?.leave();
  }

  static #onEnd(this: OwnedSocket): void {
    const connection = this[owner];
    if (connection !== undefined) connection.#watchHalfClosed();
  }

  #watchHalfClosed(): void {
    const turn = this.#current;
    if (turn === null || turn.response.headersSent) return;
    setTimeout(() => {
      if (this.#current === turn && !turn.response.headersSent) turn.onBroken();
    }, halfClosedMs).unref();
  }
}
