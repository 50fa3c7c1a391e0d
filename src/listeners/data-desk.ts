import type { PortRange } from '../contract/data-connection.ts';
import type { DataConnection, DataPort } from '../contract/data-connection.ts';
import { PeerError } from '../contract/errors.ts';
import { plainAddress } from '../wire/source.ts';
import { connectData } from './data-connect.ts';
import { createDataConnection, type DataSocket, type LiveData } from './data-connection.ts';
import { openDataPort } from './data-port.ts';
import type { LiveSession } from './session.ts';

/** The connections beside a session's own. At most one port waits for one. */
export interface DataDesk {
  /** Takes the place of a port that nobody has come to yet. */
  openPort(ports: PortRange | null): Promise<DataPort>;
  connect(port: number, timeoutMs: number): Promise<DataConnection>;
  /** Of all connections so far. */
  readonly bytes: { readonly in: number; readonly out: number };
  readonly moved: number;
  /** The session is over. */
  close(): void;
}

export function createDataDesk(session: LiveSession): DataDesk {
  const live = new Set<LiveData>();
  const ended = { in: 0, out: 0 };
  let movedBefore = 0;
  let pending: DataPort | null = null;
  let isClosed = false;

  const begin = (arrived: DataSocket): LiveData => {
    const data = createDataConnection({
      ...arrived,
      acceptor: session.host.tls,
      sessionPeer: session.peer,
      closed() {
        live.delete(data);
        ended.in += data.bytes.in;
        ended.out += data.bytes.out;
        movedBefore += data.moved;
      },
    });
    live.add(data);
    if (isClosed) data.destroy();
    return data;
  };

  return {
    async openPort(ports) {
      session.signal.throwIfAborted();
      pending?.[Symbol.dispose]();
      const { address, peers } = endsOf(session);
      const port = await openDataPort({ address, ports, peers, log: session.log, begin });
      // Two of them at once: the later one stays.
      pending?.[Symbol.dispose]();
      pending = port;
      if (isClosed) port[Symbol.dispose]();
      return port;
    },
    async connect(port, timeoutMs) {
      session.signal.throwIfAborted();
      const { address, isProxied } = endsOf(session);
      // What a proxy shows as its peer's end is an address of its own, from which we cannot connect.
      const from = isProxied ? null : address;
      const arrived = await connectData({ to: session.peer.address, port, from, timeoutMs, signal: session.signal });
      return begin(arrived);
    },
    get bytes() {
      const sum = { ...ended };
      for (const { bytes } of live) {
        sum.in += bytes.in;
        sum.out += bytes.out;
      }
      return sum;
    },
    get moved() {
      let sum = movedBefore;
      for (const { moved } of live) sum += moved;
      return sum;
    },
    close() {
      isClosed = true;
      pending?.[Symbol.dispose]();
      for (const data of live) data.destroy();
    },
  };
}

/**
 * The ends of the session's own connection, as the kernel knows them: behind a proxy the session shows others. Data connections
 * come from the peer that the session shows, or else through the same proxy.
 */
function endsOf({ stream, peer }: LiveSession): { address: string; peers: readonly string[]; isProxied: boolean } {
  const { localAddress, remoteAddress } = stream;
  if (localAddress === undefined || remoteAddress === undefined) {
    throw new PeerError('there are data connections beside TCP connections only');
  }
  const remote = plainAddress(remoteAddress);
  const isProxied = remote !== peer.address;
  return { address: plainAddress(localAddress), peers: isProxied ? [peer.address, remote] : [remote], isProxied };
}
