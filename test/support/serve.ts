import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import type { EndReason, Endpoint, LogFields, Service, ServiceModule } from '../../src/contract/index.ts';
import { LiveSession, type SessionHost } from '../../src/listeners/session.ts';
import { createFakeContext, type FakeContext } from './fake-context.ts';
import { dial, type Peer } from './dial.ts';

export interface Served {
  readonly port: number;
  readonly service: Service;
  readonly context: FakeContext;
  /** What `connection` threw. */
  readonly failures: unknown[];
  /** What the service has taken in. */
  readonly items: readonly LogFields[];
  /** Sessions that are not over. */
  readonly sessions: ReadonlySet<LiveSession>;
  /** Connects, and gives the session as well. */
  connect(): Promise<{ peer: Peer } & Arrival>;
  /** Ends what is left and stops the service. */
  close(): Promise<void>;
}

export interface Arrival {
  readonly session: LiveSession;
  readonly ended: Promise<EndReason>;
}

export interface ServeOptions {
  /** As in the file; default: none. */
  readonly options?: unknown;
  readonly context?: FakeContext;
  /** Whether the service may take the descriptor if it wants to. Default: true. */
  readonly givesDescriptor?: boolean;
  /** Who may log in; default: nobody. */
  readonly authenticate?: SessionHost['authenticate'];
  /** For STARTTLS and its like; default: there is none. */
  readonly tls?: SessionHost['tls'];
  /** Nobody watches it here: a test calls `lookForLife`. */
  readonly idleMs?: number;
}

/** A service on a real loopback port, with real sessions, without admission. */
export async function serve(module: ServiceModule, serveOptions: ServeOptions = {}): Promise<Served> {
  const { options = {}, context = createFakeContext(), givesDescriptor = true, idleMs = null } = serveOptions;
  const service = await module.create(module.options.parse(options), context);
  const descriptorIsFree = givesDescriptor && service.takesDescriptor === true;
  const failures: unknown[] = [];
  const items: LogFields[] = [];
  const live = new Map<LiveSession, Promise<EndReason>>();
  // By the peer's port: either side may be the first to see the connection.
  const arrivals = new Map<number, PromiseWithResolvers<Arrival>>();
  const arrivalFrom = (port: number): PromiseWithResolvers<Arrival> => {
    const arrival = arrivals.get(port) ?? Promise.withResolvers<Arrival>();
    arrivals.set(port, arrival);
    return arrival;
  };

  const begin = (socket: Socket): void => {
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    const host: SessionHost = {
      service: context.name,
      tls: serveOptions.tls ?? null,
      idleMs,
      sessionMs: null,
      descriptorIsFree,
      log: context.log,
      authenticate: serveOptions.authenticate ?? (async () => null),
      secured() {},
      received: (_session, item) => void items.push(item),
      ended(ended, reason) {
        live.delete(ended);
        resolve(reason);
      },
    };
    const session = new LiveSession(host, {
      socket,
      peer: endpoint(socket.remoteAddress, socket.remotePort),
      local: endpoint(socket.localAddress, socket.localPort),
      tlsInfo: null,
    });
    live.set(session, promise);
    arrivalFrom(session.peer.port).resolve({ session, ended: promise });
    void run(service, session, failures);
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: descriptorIsFree }, begin);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    service,
    context,
    failures,
    items,
    get sessions() {
      return new Set(live.keys());
    },
    async connect() {
      const peer = await dial(port);
      const { session, ended } = await arrivalFrom(peer.port).promise;
      arrivals.delete(peer.port);
      return { peer, session, ended };
    },
    async close() {
      const rest = [...live.values()];
      for (const session of live.keys()) session.abort('drain');
      await Promise.all(rest);
      context.drain();
      await service.stop?.();
      await context.programsEnded();
      server.close();
      await once(server, 'close');
    },
  };
}

async function run(service: Service, session: LiveSession, failures: unknown[]): Promise<void> {
  try {
    await service.connection?.(session);
    session.finish();
  } catch (error) {
    if (!session.stream.destroyed && !session.isAborted) failures.push(error);
    session.fail();
  }
}

function endpoint(address = '', port = 0): Endpoint {
  return { address, port, family: 'IPv4' };
}
