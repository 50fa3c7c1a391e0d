import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';

import type { Test } from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { createTlsAcceptor, type TlsAcceptor, type TlsAcceptorOptions } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';

export const good = { cert: pem.goodCert, key: pem.goodKey };
export const other = { cert: pem.otherCert, key: pem.otherKey };
export const loopbackPeer: Endpoint = { address: '127.0.0.1', port: 4711, family: 'IPv4' };

export function acceptorOf(more: Partial<TlsAcceptorOptions> = {}): TlsAcceptor {
  return createTlsAcceptor({
    pairs: [good, other],
    plan: { minVersion: 'TLSv1.2', clientCertificate: 'none' },
    clientCa: null,
    ticketKeys: randomBytes(48),
    ...more,
  });
}

/** Asks for a certificate of the peer; `other` is its own authority. */
export const asking = (clientCertificate: 'optional' | 'required', clientCa: string = pem.otherCert) => ({
  plan: { minVersion: 'TLSv1.2', clientCertificate } as const,
  clientCa,
});

export interface Stage {
  readonly port: number;
  /** What became of the next connection. */
  secured(): Promise<TLSSocket>;
}

/** Accepts connections and makes them secure. */
export async function setUp(t: Test, acceptor: TlsAcceptor, peer: Endpoint = loopbackPeer): Promise<Stage> {
  const outcomes: Promise<TLSSocket>[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const outcome = acceptor.secure(socket, peer);
    outcome.catch(() => {});
    outcomes.push(outcome);
    server.emit('outcome');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    async secured() {
      if (outcomes.length === 0) await once(server, 'outcome');
      const socket = await (outcomes.shift() as Promise<TLSSocket>);
      socket.on('error', () => {});
      return socket;
    },
  };
}

/** A peer that trusts whom it meets. It is destroyed with the test. */
export function dialTls(t: Test, port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  return socket;
}

/** Resolves when the connection is gone, with an error or without. */
export function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
