import { once } from 'node:events';
import net from 'node:net';
import type { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

import SMTPConnection from 'nodemailer/lib/smtp-connection';

import { reasonOf } from '../../../contract/errors.ts';
import type { Link } from '../../link-pool.ts';
import { faultOf, type Fault } from './fault.ts';

/** A server that takes mail in, and how it is to be spoken with. */
export interface MailServer {
  /** Where to connect. */
  readonly address: string;
  readonly port: number;
  /** What its certificate has to be for. */
  readonly name: string;
  readonly tls: 'auto' | 'required' | 'implicit' | 'none';
  /** null: whoever it is. */
  readonly authorities: Pick<ConnectionOptions, 'ca'> | null;
  readonly login: { readonly user: string; readonly pass: string } | null;
}

export interface MailEnvelope {
  /** "" for bounces. */
  readonly from: string;
  readonly to: readonly string[];
  /** Bytes, about; 0: unknown. */
  readonly size: number;
}

/** What a server has said to each recipient. */
export interface Sent {
  readonly accepted: readonly string[];
  readonly refused: readonly { readonly recipient: string; readonly fault: Fault }[];
}

export interface SmtpLink extends Link {
  /** Throws a Fault where nothing was taken, for whatever reason but that of recipients. */
  send(envelope: MailEnvelope, message: Readable): Promise<Sent>;
}

const greetingMs = 60_000;
const silenceMs = 300_000;
const quitMs = 2_000;
// A reply has 512 octets a line (RFC 5321 4.5.3.1.5).
const maxReplyBytes = 65_536;

/** Connects, says EHLO, changes to TLS, and logs in. */
export async function openSession(server: MailServer, signal: AbortSignal): Promise<SmtpLink> {
  try {
    return await open(server, signal);
  } catch (error) {
    // Whoever takes mail without TLS, takes it also after TLS has failed: nobody was promised any.
    const mayBePlain = server.tls === 'auto' && server.authorities === null && server.login === null;
    if (!mayBePlain || signal.aborted || !(error instanceof HandshakeError)) throw faultOf(error);
    return open({ ...server, tls: 'none' }, signal).catch((again: unknown) => {
      throw faultOf(again);
    });
  }
}

/** TLS was offered, and did not come about. */
class HandshakeError extends Error {}

async function open(server: MailServer, signal: AbortSignal): Promise<SmtpLink> {
  const { address: host, port, name, tls, authorities, login } = server;
  const socket = net.connect({ host, port, noDelay: true });
  const cut = (): void => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    signal.throwIfAborted();
    await once(socket, 'connect');
    const connection = new SMTPConnection({
      connection: socket,
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'required' || (tls === 'auto' && authorities !== null),
      ignoreTLS: tls === 'none',
      opportunisticTLS: tls === 'auto' && authorities === null,
      greetingTimeout: greetingMs,
      socketTimeout: silenceMs,
      maxResponseSize: maxReplyBytes,
      tls: {
        ...(net.isIP(name) === 0 ? { servername: name } : {}),
        rejectUnauthorized: authorities !== null,
        ...authorities,
      },
    });
    const link = linkOf(connection, socket);
    try {
      await settled<void>(connection, (done) => connection.connect(done));
      if (login !== null) await settled(connection, (done) => connection.login({ ...login }, done));
      return link;
    } catch (error) {
      const { upgrading: isHandshake } = connection;
      link.destroy();
      throw isHandshake ? new HandshakeError(`TLS failed: ${reasonOf(error)}`, { cause: error }) : error;
    }
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

function linkOf(connection: SMTPConnection, socket: net.Socket): SmtpLink {
  let isOver = false;
  // Also when nothing is under way.
  connection.on('error', () => (isOver = true));
  connection.on('end', () => (isOver = true));
  socket.on('close', () => {
    isOver = true;
    connection.close();
  });
  return {
    get isUsable() {
      return !isOver && !socket.destroyed;
    },
    async send(envelope, message) {
      const { from, to, size } = envelope;
      // Who reads it is told of what goes wrong, but not after the end.
      message.on('error', () => {});
      const sending = settled<{ accepted: string[]; rejectedErrors?: NodemailerError[] | undefined }>(
        connection,
        (done) =>
          connection.send(
            { from: from === '' ? false : from, to: [...to], size, use8BitMime: true },
            message,
            done as never,
          ),
      );
      try {
        const { accepted, rejectedErrors = [] } = await sending;
        return { accepted, refused: refusalsOf(rejectedErrors) };
      } catch (error) {
        const { rejectedErrors = [] } = error as NodemailerError;
        if (rejectedErrors.length === to.length) return { accepted: [], refused: refusalsOf(rejectedErrors) };
        throw faultOf(error);
      } finally {
        message.destroy();
      }
    },
    close() {
      isOver = true;
      const timer = setTimeout(() => connection.close(), quitMs);
      socket.once('close', () => clearTimeout(timer));
      connection.quit();
    },
    destroy() {
      isOver = true;
      connection.close();
      socket.destroy();
    },
  };
}

interface NodemailerError extends Error {
  readonly recipient?: string;
  readonly rejectedErrors?: NodemailerError[];
}

function refusalsOf(errors: readonly NodemailerError[]): Sent['refused'] {
  return errors.map((error) => ({ recipient: error.recipient ?? '', fault: faultOf(error) }));
}

type Done<T> = (error?: Error | null, value?: T) => void;

/** An error of the connection is told by its event, and not always to who waits for an answer. */
function settled<T>(connection: SMTPConnection, call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    // It ends also after a refusal, and before that is told.
    const lost = (): void => void setImmediate(() => end(new Error('the connection was lost')));
    const end: Done<T> = (error, value) => {
      connection.removeListener('error', end);
      connection.removeListener('end', lost);
      if (error) reject(error);
      else resolve(value as T);
    };
    connection.on('error', end);
    connection.on('end', lost);
    call(end);
  });
}
