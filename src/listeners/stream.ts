import net, { type Server, type Socket } from 'node:net';

import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError } from '../contract/errors.ts';
import type { RefusalReason, TlsInfo } from '../contract/session.ts';
import { libc } from '../system/libc.ts';
import { duplicate } from '../system/sockets.ts';
import { createNetworkSet } from './access.ts';
import { createIdleWatch } from './idle-watch.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { readProxyHeader } from './proxy-header.ts';
import { LiveSession, type SessionHost } from './session.ts';
import { descriptorOf, handleKind } from './socket-handle.ts';
import { plainAddress } from '../wire/source.ts';
import { ChallengeAnswered, describeTls } from './tls.ts';

// Connections that the kernel keeps while nobody accepts, up to its own net.core.somaxconn.
export const backlog = 4096;

/** Accepts connections on an inherited descriptor and leads each through admission to the service. */
export async function createStreamListener(options: ListenerOptions): Promise<Listener> {
  const { admission, events, guard, listen, local, plan, service, sessions } = options;
  const isProxy = createNetworkSet(listen.proxyProtocol);
  // An address that stands for one interface is the local end of every connection: no system call per connection.
  const fixedLocal = local.address === '0.0.0.0' || local.address === '::' ? null : local;
  const takesDescriptor =
    service.takesDescriptor === true && listen.kind !== 'tls' && listen.proxyProtocol.length === 0;
  const tls = options.tls;
  if (listen.kind === 'tls' && tls === null) throw new Error(`${listen.text} has no certificate`);
  const host: SessionHost = {
    service: plan.name,
    tls,
    idleMs: options.idleMs,
    sessionMs: plan.limits.session,
    descriptorIsFree: takesDescriptor,
    log: options.log,
    authenticate: options.authenticate,
    secured: events.secured,
    received: events.received,
    ended(session, reason) {
      sessions.delete(session);
      admission.release(session.peer);
      guard.released();
      events.ended(session, reason, (performance.now() - session.startedTick) / 1000);
    },
  };
  const idleWatch = createIdleWatch(host, sessions);
  /** Connections that are not sessions yet. */
  const arriving = new Set<Promise<void>>();

  const accept = (socket: Socket): void => {
    const fd = descriptorOf(socket);
    if (fd !== null) guard.check(fd);
    const peer = peerOf(socket, listen.kind);
    if (peer === null) return void socket.destroy(); // it left before we looked
    if (isProxy(peer.address)) return arrive(socket, peer, acceptProxied(socket, peer));
    const verdict = admission.admit(peer);
    if (verdict === null && listen.kind !== 'tls')
      return begin(socket, peer, fixedLocal ?? localOf(socket, local), null);
    arrive(socket, peer, settle(socket, peer, verdict));
  };

  const arrive = (socket: Socket, peer: Endpoint, way: Promise<void>): void => {
    const arrival = way
      .catch((error: unknown) => drop(socket, error, peer))
      .finally(() => void arriving.delete(arrival));
    arriving.add(arrival);
  };

  /** The slower ways in: a verdict that waits for names, TLS, or a refusal. */
  const settle = async (
    socket: Socket,
    peer: Endpoint,
    verdict: RefusalReason | null | Promise<RefusalReason | null>,
    destination: Endpoint | null = null,
  ): Promise<void> => {
    const onError = (): void => {};
    socket.on('error', onError);
    const end = destination ?? fixedLocal ?? localOf(socket, local);
    const reason = await verdict;
    if (reason !== null) return refuse(socket, reason, peer, end);
    if (socket.destroyed) return admission.release(peer);
    if (listen.kind !== 'tls' || tls === null) {
      socket.off('error', onError);
      return begin(socket, peer, end, null);
    }
    try {
      const secured = await tls.secure(socket, peer);
      begin(secured, peer, end, describeTls(secured));
    } catch (error) {
      admission.release(peer);
      if (!(error instanceof PeerError)) throw error;
      // An authority has seen what it came for: neither a session nor a refusal.
      if (!(error instanceof ChallengeAnswered)) events.refused('tls', peer, end, error.message);
    }
  };

  const acceptProxied = async (socket: Socket, proxy: Endpoint): Promise<void> => {
    const { source, destination } = await readProxyHeader(socket);
    const peer = source ?? proxy;
    await settle(socket, peer, admission.admit(peer), destination);
  };

  const begin = (socket: Socket, peer: Endpoint, end: Endpoint, tlsInfo: TlsInfo | null): void => {
    const session = new LiveSession(host, { socket, peer, local: end, tlsInfo });
    sessions.add(session);
    idleWatch.begin();
    events.started(session);
    if (tlsInfo !== null) events.secured(session);
    serve(session);
  };

  const serve = (session: LiveSession): void => {
    let served: Promise<void> | void;
    try {
      served = service.connection?.(session);
    } catch (error) {
      return fail(session, error);
    }
    if (served === undefined) return session.finish();
    served.then(
      () => session.finish(),
      (error: unknown) => fail(session, error),
    );
  };

  const fail = (session: LiveSession, error: unknown): void => {
    // A connection that was lost or ended by a limit makes services throw; the session's end tells that already. That
    // the stream is destroyed says nothing by itself: `for await` does that to it when its body throws.
    const isNoNews = session.isAborted || (session.stream.destroyed && isLoss(error));
    if (!isNoNews) events.failed(session, error);
    session.fail();
  };

  const refuse = (socket: Socket, reason: RefusalReason, peer: Endpoint, end: Endpoint): void => {
    events.refused(reason, peer, end);
    socket.on('error', () => {});
    if (plan.banner === null || listen.kind === 'tls') return void socket.destroy();
    // The banner goes out whole, but what the peer sends is neither read nor waited for.
    socket.end(plan.banner.endsWith('\n') ? plan.banner : `${plan.banner}\r\n`, () => socket.destroy());
    socket.setTimeout(refusalMs, () => socket.destroy());
  };

  const drop = (socket: Socket, error: unknown, peer: Endpoint): void => {
    socket.destroy();
    if (error instanceof PeerError) events.refused('access', peer, fixedLocal ?? local);
    else events.errored(peer, error);
  };

  // Opening takes a descriptor. Where there is still none to be had, the guard looks again later.
  const reopen = (): void => void door.open().catch(() => guard.exhausted());
  const door = createDoor(options, takesDescriptor, accept);
  await door.open();
  // Without a duplicate of the descriptor (no libc), closing it would be for ever.
  const unregister = libc === null ? () => {} : guard.register({ pause: door.close, resume: reopen });
  return {
    async close() {
      unregister();
      door.close();
      await Promise.all(arriving);
    },
  };
}

/** What reading, writing or waiting throws once the connection is gone; a signal's reason is a string. */
function isLoss(error: unknown): boolean {
  return typeof error === 'string' || lossCodes.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}

const lossCodes: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

// A refused peer that does not take its banner is not worth a descriptor for longer.
const refusalMs = 2_000;

/** The listening socket itself, which can be closed and opened again because the inherited descriptor stays. */
function createDoor(
  options: ListenerOptions,
  pauseOnConnect: boolean,
  accept: (socket: Socket) => void,
): { open(): Promise<void>; close(): void } {
  let server: Server | null = null;
  return {
    async open() {
      if (server !== null) return;
      const fd = libc === null ? options.fd : duplicate(options.fd);
      const opened = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect }, accept);
      server = opened;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      opened.once('listening', resolve);
      opened.once('error', reject);
      opened.listen({ fd, backlog });
      await promise;
      opened.off('error', reject);
      // accept() failed: EMFILE and ENFILE here, because everything else concerns one connection that is gone.
      opened.on('error', () => options.guard.exhausted());
    },
    close() {
      server?.close();
      server = null;
    },
  };
}

function peerOf(socket: Socket, kind: string): Endpoint | null {
  if (kind === 'unix') return { address: '', port: 0, family: 'unix' };
  const address = socket.remoteAddress;
  // A socket that systemd gave may be a unix one without the configuration saying so.
  if (address === undefined) return handleKind(socket) === 'Pipe' ? { address: '', port: 0, family: 'unix' } : null;
  return endpointOf(address, socket.remotePort ?? 0);
}

function localOf(socket: Socket, listening: Endpoint): Endpoint {
  return socket.localAddress === undefined
    ? listening
    : endpointOf(socket.localAddress, socket.localPort ?? listening.port);
}

function endpointOf(address: string, port: number): Endpoint {
  const plain = plainAddress(address);
  return { address: plain, port, family: plain.includes(':') ? 'IPv6' : 'IPv4' };
}
