import type { Socket } from 'node:net';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { hash, X509Certificate } from 'node:crypto';

import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError, reasonOf } from '../contract/errors.ts';
import type { TlsPlan } from '../contract/plan.ts';
import type { TlsInfo } from '../contract/session.ts';

// A peer that connects and says nothing would hold its place for ever.
const handshakeTimeoutMs = 10_000;

/** A certificate with its chain and its key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Makes accepted sockets secure, as the server. */
export interface TlsAcceptor {
  /** Resolves after the handshake; throws PeerError when it fails, and the socket is closed then. */
  secure(socket: Socket, peer: Endpoint): Promise<TLSSocket>;
  /** New pairs for the next handshake; running connections keep theirs. */
  update(pairs: readonly CertificatePair[]): void;
}

export interface TlsAcceptorOptions {
  /** The first is served to who asks for no name, or one that none has. */
  readonly pairs: readonly CertificatePair[];
  readonly plan: Pick<TlsPlan, 'minVersion' | 'clientCertificate'>;
  /** PEM of the authorities whose certificates are taken from peers. */
  readonly clientCa: string | null;
  /** 48 bytes, the same in every worker, so that each can resume the sessions of the others. */
  readonly ticketKeys: Buffer;
}

export function createTlsAcceptor(options: TlsAcceptorOptions): TlsAcceptor {
  const { clientCertificate } = options.plan;
  let contexts = options.pairs.map((pair) => createContext(pair, options));

  // RFC 6066 3: the name picks the certificate.
  const chooseContext = (name: string): SecureContext => {
    const chosen = contexts.find((entry) => entry.certificate.checkHost(name) !== undefined) ?? contexts[0];
    return (chosen as NamedContext).context;
  };
  return {
    update(pairs) {
      contexts = pairs.map((pair) => createContext(pair, options));
    },
    async secure(socket) {
      const secured = new tls.TLSSocket(socket, {
        isServer: true,
        secureContext: (contexts[0] as NamedContext).context,
        SNICallback: (name, done) => done(null, chooseContext(name)),
        requestCert: clientCertificate !== 'none',
        rejectUnauthorized: false,
      });
      await handshake(secured, socket);
      if (clientCertificate !== 'none') checkPeerCertificate(secured, clientCertificate);
      return secured;
    },
  };
}

/** What a session shows of its TLS. */
export function describeTls(socket: TLSSocket): TlsInfo {
  const name: unknown = socket.servername;
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    serverName: typeof name === 'string' && name !== '' ? name : null,
    subject: socket.authorized ? (socket.getPeerX509Certificate()?.subject ?? null) : null,
  };
}

interface NamedContext {
  readonly context: SecureContext;
  readonly certificate: X509Certificate;
}

function createContext(pair: CertificatePair, options: TlsAcceptorOptions): NamedContext {
  return {
    certificate: new X509Certificate(pair.cert),
    context: tls.createSecureContext({
      cert: pair.cert,
      key: pair.key,
      minVersion: options.plan.minVersion,
      ticketKeys: options.ticketKeys,
      sessionIdContext: sessionContextOf(options),
      ...(options.clientCa === null ? {} : { ca: options.clientCa }),
    }),
  };
}

/**
 * A resumed session brings along that its peer's certificate was good, not by which authority. So sessions of services
 * that trust others are not taken, although all services have the same ticket keys. OpenSSL has room for 32 bytes.
 */
function sessionContextOf({ plan, clientCa }: TlsAcceptorOptions): string {
  return hash('sha256', `${plan.clientCertificate}\n${clientCa ?? ''}`).slice(0, 32);
}

async function handshake(secured: TLSSocket, socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error: Error): void => reject(new PeerError(`TLS handshake failed: ${reasonOf(error)}`));
  const closed = (): void => reject(new PeerError('the peer left during the TLS handshake'));
  const timer = setTimeout(() => reject(new PeerError('the TLS handshake took too long')), handshakeTimeoutMs);
  secured.once('secure', resolve);
  secured.on('error', failed);
  secured.once('close', closed);
  // Half-open sockets stay, otherwise, until the handshake has taken too long.
  secured.once('end', closed);
  try {
    await promise;
  } catch (error) {
    // Errors that follow the first one tell nothing new.
    secured.on('error', () => {});
    secured.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    secured.off('secure', resolve);
    secured.off('error', failed);
    secured.off('close', closed);
    secured.off('end', closed);
  }
}

function checkPeerCertificate(secured: TLSSocket, wanted: TlsPlan['clientCertificate']): void {
  const isGiven = secured.getPeerX509Certificate() !== undefined;
  if (!isGiven && wanted === 'optional') return;
  const problem = isGiven ? verify(secured) : null;
  (secured as { authorized: boolean }).authorized = isGiven && problem === null;
  if (secured.authorized) return;
  secured.on('error', () => {});
  secured.destroy();
  throw new PeerError(
    isGiven ? `the peer's certificate is refused: ${problem?.message}` : 'the peer gave no certificate',
  );
}

/** What OpenSSL found wrong. Node tells it of a server's own sockets only; a release that hides it lets nobody in. */
function verify(secured: TLSSocket): Error | null {
  const { ssl } = secured as unknown as { ssl?: { verifyError?(): Error | null } | null };
  return typeof ssl?.verifyError === 'function' ? (ssl.verifyError() ?? null) : new Error('it cannot be verified');
}
