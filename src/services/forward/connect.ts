import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { reasonOf } from '../../contract/errors.ts';
import type { Session } from '../../contract/session.ts';
import { formatProxyHeader } from '../../wire/proxy-protocol.ts';
import type { ForwardOptions } from './options.ts';

export interface ConnectRequest {
  readonly options: ForwardOptions;
  readonly ca: Buffer | undefined;
  readonly session: Session;
}

/** A connection to the target that is ready for the peer's first byte; null when the session ended before. Throws one Error that tells why there is none. */
export async function connectTo({ options, ca, session }: ConnectRequest): Promise<Socket | null> {
  const { to, connect_timeout: timeoutMs } = options;
  let socket = open(options);
  const giveUp = (reason: string) => (): void => void socket.destroy(new Error(reason));
  const onAbort = giveUp('the session ended');
  session.signal.addEventListener('abort', onAbort);
  const timer = setTimeout(giveUp(`no connection within ${timeoutMs} ms`), timeoutMs);
  try {
    await eventOf(socket, 'connect');
    refuseLoop(socket, session);
    // Before the handshake too: the one who reads the header is the one who accepts the connection.
    if (options.send_proxy !== 'none') {
      socket.write(formatProxyHeader(options.send_proxy, session.peer, session.local));
    }
    if (to.kind === 'tls') {
      socket = secure(socket, options, ca);
      await eventOf(socket, 'secureConnect');
    }
    return socket;
  } catch (error) {
    socket.destroy();
    if (session.signal.aborted) return null;
    throw new Error(`cannot reach ${to.text}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    session.signal.removeEventListener('abort', onAbort);
  }
}

function open({ to }: ForwardOptions): Socket {
  const half = { allowHalfOpen: true } as const;
  if (to.kind === 'unix') return connectPlain({ ...half, path: to.path });
  return connectPlain({ ...half, host: to.host, port: to.port, noDelay: true });
}

/** A name may stand for ourselves, and a wildcard for every address: seen at the second turn at the latest. */
function refuseLoop(socket: Socket, { local }: Session): void {
  if (local.family === 'unix') return;
  if (socket.remotePort === local.port && socket.remoteAddress === local.address) {
    throw new Error('that is the address it came to');
  }
}

function secure(socket: Socket, options: ForwardOptions, ca: Buffer | undefined): Socket {
  const name = options.server_name ?? options.to.host;
  return connectTls({
    socket, // half-open as well, because this one is
    rejectUnauthorized: options.verify,
    // What the certificate is verified against. SNI cannot be an address (RFC 6066 3).
    host: name,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca }),
  });
}

function eventOf(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(event, resolve).once('error', reject);
  socket.once('close', () => reject(new Error('the connection was closed')));
  return promise;
}
