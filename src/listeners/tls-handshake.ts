import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { PeerError, reasonOf } from '../contract/errors.ts';

// A peer that connects and says nothing would hold its place for ever.
export const handshakeTimeoutMs = 10_000;
// What a peer may take to close after it was turned away.
const farewellMs = 1_000;

/** Resolves after the handshake; throws PeerError when it fails, and the connection is closed then. */
export async function finishHandshake(secured: TLSSocket, socket: Socket, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error: Error): void => reject(new PeerError(describe(error)));
  const closed = (): void => reject(new PeerError('the peer left during the TLS handshake'));
  const timer = setTimeout(() => reject(new PeerError('the TLS handshake took too long')), timeoutMs);
  secured.once('secure', resolve);
  secured.on('error', failed);
  secured.once('close', closed);
  // Half-open sockets stay, otherwise, until the handshake has taken too long.
  secured.once('end', closed);
  try {
    await promise;
    endOnError(secured);
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

/**
 * Node tells errors after the handshake, a second handshake among them, by 'error' only where its own TLS server made the socket.
 * On others it keeps them for itself, and the connection would stay open and dead, with OpenSSL refusing to go on.
 */
function endOnError(secured: TLSSocket): void {
  secured.on('_tlsError', (error: Error) => secured.destroy(error));
}

/** Closes as TLS wants it (RFC 8446 6.1), so that the peer knows that nobody cut the connection. */
export function dismiss(secured: TLSSocket): void {
  const timer = setTimeout(() => secured.destroy(), farewellMs);
  secured.on('error', () => {});
  secured.once('close', () => clearTimeout(timer));
  secured.once('end', () => secured.destroy());
  secured.end();
  secured.resume();
}

function describe(error: Error): string {
  const { code = '', reason = reasonOf(error) } = error as { code?: string; reason?: string };
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the peer left during the TLS handshake';
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'the peer gave no certificate';
  return `TLS handshake failed: ${words[code] ?? (/_ALERT_/.test(code) ? `the peer says "${reason}"` : reason)}`;
}

/** What OpenSSL means by its shorter answers. */
const words: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'the peer speaks HTTP, not TLS',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'the peer takes us for an HTTP proxy',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the peer does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the peer does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the peer knows no version that is new enough',
  ERR_SSL_UNKNOWN_PROTOCOL: 'the peer knows no version that is new enough',
  ERR_SSL_NO_SHARED_CIPHER: 'the peer knows none of our ciphers',
};
