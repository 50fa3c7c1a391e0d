import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { Account, Credentials } from '../contract/account.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { SessionReport } from '../contract/channel.ts';
import { formatEndpoint } from '../contract/endpoint.ts';
import { PeerError } from '../contract/errors.ts';
import type { LogFields, Logger } from '../contract/logger.ts';
import type { FilePart } from '../contract/service.ts';
import type { EndReason, Session, TlsInfo } from '../contract/session.ts';
import { sendFile, type FileTarget } from '../system/sendfile.ts';
import { createDataDesk, type DataDesk } from './data-desk.ts';
import type { Arrival, SessionHost } from './session-host.ts';
import { newSessionId } from './session-id.ts';
import { descriptorOf, handleKind, iterateAndKeep, markForReset, movedBytes } from './socket-handle.ts';
import { describeTls } from './tls.ts';

export type { Arrival, SessionHost } from './session-host.ts';

// How long a peer may take to close after we did, before the connection is dropped.
const lingerMs = 5_000;
// What a service may still say to a peer whose session was ended by a limit.
const farewellMs = 1_000;

/** Leads from a socket to its session, so that all sockets share their listeners instead of having closures each. */
const owner = Symbol('session');

type OwnedSocket = Socket & { [owner]?: LiveSession };

const nothing = { in: 0, out: 0 };

/**
 * One connection with its id, idle timer, counts and signal. Everything that most sessions never ask for (signal,
 * logger) is made when first asked for: it is on the path of every connection.
 */
export class LiveSession implements Session {
  readonly id = newSessionId();
  readonly peer: Endpoint;
  readonly local: Endpoint;
  /** As `performance.now()` counts. */
  readonly startedTick = performance.now();
  stream: Socket | TLSSocket;
  tls: TlsInfo | null;
  account: Account | null = null;
  readonly host: SessionHost;
  readonly #arrived: Socket;
  #controller: AbortController | undefined;
  #data: DataDesk | undefined;
  #log: Logger | undefined;
  #reason: EndReason = 'end';
  #timer: NodeJS.Timeout | undefined;
  /** What went over the connection before TLS began on it. */
  #inClear = nothing;
  /** Sent by the system, past the stream. */
  #pastStream = 0;
  #moved = 0;
  #movedAt = this.startedTick;
  #isHandedOver = false;
  #isServed = false;
  #isEnded = false;
  isDraining = false;
  /** The session table's: where it stands there. */
  place = -1;

  constructor(host: SessionHost, { socket, peer, local, tlsInfo }: Arrival) {
    this.host = host;
    this.#arrived = socket;
    this.peer = peer;
    this.local = local;
    this.tls = tlsInfo;
    this.stream = socket;
    this.#watch(socket);
    if (host.sessionMs !== null) this.#startTimer(host.sessionMs, 'session');
  }

  get service(): string {
    return this.host.service;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    const isOver = this.#isEnded || this.#reason !== 'end';
    if (isOver && !this.#controller.signal.aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get log(): Logger {
    this.#log ??= this.host.log.child({ session: this.id, peer: formatEndpoint(this.peer) });
    return this.#log;
  }

  get descriptor(): number | null {
    if (!this.host.descriptorIsFree || this.stream !== this.#arrived) return null;
    return descriptorOf(this.stream);
  }

  handedOver(): void {
    this.#isHandedOver = true;
    // Our copy of the descriptor goes without a FIN, because the program has the socket open.
    this.stream.destroy();
  }

  get canStartTls(): boolean {
    return this.host.tls !== null && this.tls === null;
  }

  async startTls(): Promise<void> {
    const acceptor = this.host.tls;
    if (acceptor === null) throw new Error(`service ${this.service} has no certificate`);
    const plain = this.stream;
    plain.pause();
    // RFC 3207 6: what was sent in clear before the handshake must not be taken for what comes after it.
    if (plain.readableLength > 0) throw new PeerError('text was sent in clear behind the command that starts TLS');
    this.#unwatch(plain);
    const inClear = { in: plain.bytesRead, out: plain.bytesWritten };
    const secured = await acceptor.secure(plain, this.peer).catch((error: unknown) => {
      this.#watch(plain);
      throw error;
    });
    this.stream = secured;
    this.#inClear = inClear;
    this.tls = describeTls(secured);
    this.#watch(secured);
    this.host.secured(this);
  }

  async authenticate(credentials: Credentials): Promise<Account | null> {
    const account = await this.host.authenticate(this, credentials);
    const isProbe = 'key' in credentials && !credentials.proven;
    if (account !== null && !isProbe) this.account = account;
    return account;
  }

  received(item: LogFields): void {
    this.host.received(this, item);
  }

  sendFile(part: FilePart): Promise<void> {
    const target: FileTarget = {
      socket: this.stream,
      descriptor: () => (this.tls === null ? descriptorOf(this.stream) : null),
      sent: (bytes) => void (this.#pastStream += bytes),
    };
    return sendFile(target, part);
  }

  /** Connections beside this one. */
  get data(): DataDesk {
    return (this.#data ??= createDataDesk(this));
  }

  /** Ends the session because of a limit, a kick or a drain: the service hears of it and may say a last word. */
  abort(reason: EndReason): void {
    if (this.#isEnded || this.#reason !== 'end') return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    if (this.#isHandedOver) return; // the service ends the program, and with it the session
    // Who has asked for the signal has the time to say why; to the peer of anybody else, this end is all there is.
    if (this.#controller === undefined || this.#isServed) this.stream.end();
    this.#startTimer(farewellMs, reason);
  }

  /** Ends the session at once: no farewell. A program that has the socket is the service's to end. */
  terminate(reason: EndReason): void {
    this.abort(reason);
    if (!this.#isHandedOver) this.stream.destroy();
  }

  /** Called now and then: ends the session when no byte has moved either way for the idle limit. */
  lookForLife(now: number): void {
    const { idleMs } = this.host;
    if (idleMs === null || this.#isHandedOver) return;
    const moved = movedBytes(this.stream) + this.#pastStream + (this.#data?.moved ?? 0);
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.#movedAt = now;
    } else if (now - this.#movedAt >= idleMs) {
      if (this.#isServed) this.stream.destroy();
      else this.abort('idle');
    }
  }

  /** The service has returned: say goodbye politely, and take what the peer still sends without keeping it. */
  finish(): void {
    this.#isServed = true;
    const { stream } = this;
    if (this.#isHandedOver || stream.closed) return this.#end();
    if (stream.destroyed) return;
    // All that was written goes out first, however slow the peer is: only the idle limit is for that.
    // Who ended first is not lingered for: without the callback, such a connection costs a microsecond less.
    if (stream.readableEnded) return void stream.end();
    stream.end(() => this.#linger(stream));
    stream.resume();
  }

  /** The service has thrown. */
  fail(): void {
    this.#isServed = true;
    if (this.#reason === 'end') this.#reason = 'error';
    const { stream } = this;
    if (this.#isHandedOver || stream.closed) return this.#end();
    // A reset, so that the peer does not take what it got for all there was. Who got nothing yet is told by the end alone.
    const isCutOff = handleKind(stream) === 'TCP' && !stream.writableEnded && stream.bytesWritten > 0;
    if (isCutOff) markForReset(stream);
    stream.destroy();
  }

  /** Ended by a limit, a kick, a drain or an error of the socket: what the service throws after that is no news. */
  get isAborted(): boolean {
    return this.#reason !== 'end';
  }

  get bytes(): { in: number | null; out: number | null } {
    if (this.#isHandedOver) return { in: null, out: null };
    const { bytesRead, bytesWritten } = this.stream;
    const beside = this.#data?.bytes ?? nothing;
    return {
      in: this.#inClear.in + bytesRead + beside.in,
      out: this.#inClear.out + bytesWritten + this.#pastStream + beside.out,
    };
  }

  report(): SessionReport {
    return {
      id: this.id,
      service: this.service,
      peer: formatEndpoint(this.peer),
      local: formatEndpoint(this.local),
      account: this.account === null ? null : this.account.name,
      tls: this.tls === null ? null : this.tls.protocol,
      started: new Date(performance.timeOrigin + this.startedTick).toISOString(),
      bytes: this.bytes,
      state: this.isDraining ? 'draining' : 'active',
    };
  }

  #watch(socket: OwnedSocket): void {
    socket[owner] = this;
    socket[Symbol.asyncIterator] = iterateAndKeep;
    socket.on('close', LiveSession.#onClose);
    socket.on('error', LiveSession.#onError);
  }

  #unwatch(socket: Socket): void {
    socket.off('close', LiveSession.#onClose);
    socket.off('error', LiveSession.#onError);
  }

  static #onClose(this: OwnedSocket): void {
    const session = this[owner];
    // A program that has the socket makes the session last until it has ended.
    if (session !== undefined && (!session.#isHandedOver || session.#isServed)) session.#end();
  }

  // A reset is the peer's way of leaving; the session ends by 'close', which follows.
  static #onError(this: OwnedSocket): void {
    const session = this[owner];
    if (session !== undefined && session.#reason === 'end') session.#reason = 'error';
  }

  #linger(stream: Socket): void {
    if (stream.destroyed || stream.readableEnded) return;
    // Who was ended by a limit or a kick has had its warning.
    this.#startTimer(this.isAborted ? farewellMs : lingerMs, this.#reason);
  }

  #startTimer(ms: number, reason: EndReason): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#reason === 'end' && reason === 'session') this.abort('session');
      else this.stream.destroy();
    }, ms);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#data?.close();
    // What still listens to the signal has nothing left to do with this connection.
    if (this.#controller !== undefined && !this.#controller.signal.aborted) this.#controller.abort(this.#reason);
    this.host.ended(this, this.#reason);
  }
}
