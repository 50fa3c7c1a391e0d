import { EventEmitter } from 'node:events';

/**
 * Sessions of TLS 1.2 for peers that take no tickets, such as curl: they name a session by its id (RFC 5246 7.4.1.2), and it is we
 * who have to remember it. OpenSSL looks itself whether the session is one of this service's, and not too old.
 */
export interface TlsSessionCache {
  /** What `tls.TLSSocket` takes as its server, and asks. */
  readonly server: EventEmitter;
}

type Done = (error: Error | null, session?: Buffer | null) => void;

const maxSessions = 1_000;

export function createTlsSessionCache(limit = maxSessions): TlsSessionCache {
  const sessions = new Map<string, Buffer>();
  const server = new EventEmitter();
  server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
    // The oldest goes: its peer will have to prove everything anew, and no more.
    const [oldest] = sessions.keys();
    if (oldest !== undefined && sessions.size >= limit) sessions.delete(oldest);
    sessions.set(id.toString('latin1'), session);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: Done) => done(null, sessions.get(id.toString('latin1')) ?? null));
  return { server };
}
