import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

import type { Test } from 'tap';

import type { LiveSession } from '../../src/listeners/session.ts';
import { createStreamListener } from '../../src/listeners/stream.ts';
import { createTlsAcceptor, type TlsAcceptor } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';
import { dial, type Peer } from '../support/dial.ts';
import { listen, type Listening, type ListenOptions } from '../support/listen.ts';

export interface DataStage extends Listening {
  readonly session: LiveSession;
  /** The session's other end. */
  readonly peer: Peer;
}

/** A session that lasts until its peer ends it, and its data connections. */
export async function dataStage(t: Test, more: Partial<ListenOptions> = {}): Promise<DataStage> {
  const service = {
    connection: ({ stream }: { stream: NodeJS.ReadableStream }) => once(stream.resume(), 'end').then(() => {}),
  };
  const listening = await listen(t, createStreamListener, { service, ...more });
  const peer = await dial(listening.port);
  const { session } = await listening.events.next('started');
  t.teardown(() => peer.socket.destroy());
  return { ...listening, peer, session: session as LiveSession };
}

export function acceptor(): TlsAcceptor {
  return createTlsAcceptor({
    pairs: [{ cert: pem.goodCert, key: pem.goodKey }],
    plan: { minVersion: 'TLSv1.2', clientCertificate: 'none' },
    clientCa: null,
    ticketKeys: randomBytes(48),
    remembersSessions: true,
  });
}

/** Connects from another address of this machine. */
export async function dialFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
