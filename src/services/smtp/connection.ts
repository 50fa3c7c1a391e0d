import type { Socket } from 'node:net';

import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';

import type { Session } from '../../contract/session.ts';
import { watchLineEndings } from '../../wire/line-endings.ts';

export interface ConnectionOptions {
  readonly session: Session;
  /** False: TLS was just started, and the peer speaks first (RFC 3207 4.2). */
  readonly greets: boolean;
  readonly maxErrors: number;
  /** Commands that are not for this peer, as things stand. */
  disabledCommands(smtp: SMTPServerSession): string[];
}

export type Outcome = 'over' | 'tls';

/**
 * smtp-server's connection on one of our sessions. It goes without the library's 100 ms before the greeting, hands the start
 * of TLS to the session, and takes CRLF alone for the end of a line.
 */
export class Connection extends SMTPConnection {
  readonly #options: ConnectionOptions;
  readonly #stream: Socket;
  readonly #outcome = Promise.withResolvers<Outcome>();
  #lines = watchLineEndings();
  /** STARTTLS was the last command that is carried out in clear. */
  #isLeavingClear = false;
  #isReady = false;
  #isSilent: boolean;
  #errors = 0;
  isReceiving = false;

  constructor(server: SMTPServer, options: ConnectionOptions) {
    const { session } = options;
    const stream = session.stream as Socket;
    const [remote, local] = [session.peer, session.local];
    super(server, stream, {
      id: session.id,
      remoteAddress: remote.address,
      remotePort: remote.port,
      localAddress: local.address,
      localPort: local.port,
    });
    this.#options = options;
    this.#stream = stream;
    this.#isSilent = !options.greets;
    this.secure = session.tls !== null;
    this.session.secure = this.secure;
    this.session.disabledCommands = options.disabledCommands(this.session);
    // What the library does not answer itself is the session's to report.
    this.on('error', () => {});
  }

  /** Resolves when nothing more is to be said in this connection, or in clear. */
  get outcome(): Promise<Outcome> {
    return this.#outcome.promise;
  }

  override init(): void {
    // The library answers nobody whose direction has ended; a peer that only says "no more commands" gets its answers.
    Object.defineProperty(this.#stream, 'readyState', {
      configurable: true,
      get: () => (this.#stream.writable ? 'open' : 'closed'),
    });
    // Before the library reads: a line that ends wrongly ends the connection before anything is done about it.
    this.#stream.on('data', this.#look);
    super.init();
    // When all commands of a peer that has ended are answered.
    if (this._parser !== false) this._parser.once('finish', () => this.close());
    this.connectionReady();
  }

  /** The library calls it 100 ms after `init`, to find out peers that speak too soon. */
  override connectionReady(next?: () => void): void {
    if (this.#isReady) return;
    this.#isReady = true;
    super.connectionReady(next);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (code === 220 && this.#isSilent) {
      this.#isSilent = false;
      return;
    }
    const hasOwnCode = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    super.send(code, data, hasOwnCode ? false : context);
    if (code >= 400 && code !== 421) this.#countError();
  }

  override close(): void {
    super.close();
    this.#outcome.resolve('over');
  }

  /** The socket has closed. */
  gone(): void {
    this.#outcome.resolve('over');
  }

  get isInTransaction(): boolean {
    return this.isReceiving || (this.session.envelope?.mailFrom ?? false) !== false;
  }

  /** From now on lines are those of a message. The function tells whether one did not end with CRLF. */
  beginMessage(): () => boolean {
    this.isReceiving = true;
    const lines = this.#lines;
    return () => lines.isBroken;
  }

  endMessage(): void {
    this.isReceiving = false;
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    // After XCLIENT it is somebody else who asks.
    this.session.disabledCommands = this.#options.disabledCommands(this.session);
    super.handler_EHLO(command, callback);
  }

  override handler_STARTTLS(command: Buffer, callback: () => void): void {
    if (/\s\S/.test(command.toString().trim()) || this.secure) return super.handler_STARTTLS(command, callback);
    const parser = this._parser;
    // A last line without its end, of a peer that says no more.
    if (parser === false || parser.writableEnded) return this.#refuseText();
    this.#isLeavingClear = true;
    this.#stream.off('data', this.#look);
    this.#stream.unpipe();
    this.#stream.pause();
    // The parser comes to the end of what it has been given: it calls for a command, or has nothing left.
    callback();
    parser.write(nothing, (error) => {
      if (parser.isClosed) return;
      if (error != null || parser._remainder !== '' || this.#stream.readableLength > 0) return this.#refuseText();
      this.#stream.setTimeout(0);
      this.send(220, '2.0.0 Go ahead');
      Reflect.deleteProperty(this.#stream, 'readyState');
      this.#outcome.resolve('tls');
    });
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (this.#isLeavingClear) this.#refuseText();
    else super._onCommand(command, callback);
  }

  /** RFC 3207 6: what was sent in clear behind STARTTLS must not be taken for what comes after the handshake. */
  #refuseText(): void {
    this.send(554, '5.5.1 Text was sent behind STARTTLS');
    this.#stream.resume();
    this.close();
  }

  readonly #look = (chunk: Buffer): void => {
    this.#lines.look(chunk);
    if (!this.#lines.isBroken || this.isReceiving) return;
    this.#stream.off('data', this.#look);
    this.send(500, '5.5.2 A line does not end with CRLF');
    this.close();
  };

  #countError(): void {
    this.#errors += 1;
    if (this.#errors >= this.#options.maxErrors) super.send(421, '4.7.0 Too many errors', false);
  }
}

const nothing = Buffer.alloc(0);
