import type { DataConnection, DataPort, PortRange } from '../../../contract/data-connection.ts';
import { PeerError, reasonOf, TemporaryError } from '../../../contract/errors.ts';
import type { ServiceContext } from '../../../contract/service.ts';
import type { Session } from '../../../contract/session.ts';
import type { PublicAddresses } from './public-addresses.ts';
import { isSameAddress } from './same-address.ts';

/**
 * How the next data connection of a session comes about (RFC 959 3.2, 2428, 4217). Each PASV, EPSV, PORT or EPRT is for one
 * connection, and takes the place of the one before.
 */
export interface DataChannel extends Disposable {
  /** Of the control connection: the only one that data connections can have. */
  readonly family: 'IPv4' | 'IPv6';
  /** Something was agreed on, and not used yet. Without it a transfer is answered with 425. */
  readonly isReady: boolean;
  /** PROT P. */
  readonly isProtected: boolean;
  /** EPSV ALL was said (RFC 2428 4): `passive('PASV')` and `active` throw a PeerError from now on. */
  readonly isEpsvAll: boolean;
  /**
   * Opens a port; gives what to tell the peer, where `host` is for PASV. `family`: what EPSV asks for; null: it does not say. Throws
   * a PeerError for what cannot be (PASV over IPv6, another family), a TemporaryError when no port is free.
   */
  passive(kind: 'PASV' | 'EPSV', family: 'IPv4' | 'IPv6' | null): Promise<PassiveEndpoint>;
  /** PORT and EPRT. Throws a PeerError for any other address than the control connection's peer, and for ports below 1024. */
  active(endpoint: PassiveEndpoint): void;
  protect(on: boolean): void;
  epsvAll(): void;
  /**
   * The connection that was agreed on, with TLS where it is protected. Throws PeerErrors (425) when nothing was agreed on, nobody
   * comes or cannot be reached, and for TLS that fails; the signal's reason when that aborts.
   */
  open(signal: AbortSignal): Promise<DataConnection>;
  /** Nothing is agreed on any more: REIN, and a new AUTH. Protection goes too. */
  reset(): void;
}

export interface PassiveEndpoint {
  readonly host: string;
  readonly port: number;
}

export interface DataChannelOptions {
  readonly ports: PortRange | null;
  readonly publicAddresses: PublicAddresses;
  /** How long the peer may take to come, or to answer. */
  readonly connectTimeoutMs: number;
  /** TLS on a data connection has to go on with a session that the peer has already. */
  readonly mustResume: boolean;
}

/** What is agreed on. */
type Agreed =
  | { readonly kind: 'passive'; readonly port: DataPort }
  | { readonly kind: 'active'; readonly port: number };

const lowestPort = 1024;

export function createDataChannel({
  session,
  context,
  options,
}: {
  readonly session: Session;
  readonly context: Pick<ServiceContext, 'openDataPort' | 'connectData'>;
  readonly options: DataChannelOptions;
}): DataChannel {
  const family = session.local.family === 'IPv6' ? 'IPv6' : 'IPv4';
  let agreed: Agreed | null = null;
  let isProtected = false;
  let isEpsvAll = false;

  const forget = (): void => {
    if (agreed?.kind === 'passive') agreed.port[Symbol.dispose]();
    agreed = null;
  };
  const refuseAfterEpsvAll = (): void => {
    if (isEpsvAll) throw new PeerError('only EPSV is allowed after EPSV ALL');
  };
  const connect = async (way: Agreed, signal: AbortSignal): Promise<DataConnection> => {
    const { connectTimeoutMs: timeoutMs } = options;
    if (way.kind === 'active') return context.connectData(session, way.port, timeoutMs);
    using port = way.port;
    return await port.accept({ timeoutMs, signal });
  };

  return {
    family,
    get isReady() {
      return agreed !== null;
    },
    get isProtected() {
      return isProtected;
    },
    get isEpsvAll() {
      return isEpsvAll;
    },
    async passive(kind, wanted) {
      if (kind === 'PASV') {
        refuseAfterEpsvAll();
        if (family === 'IPv6') throw new PeerError('PASV has no room for an IPv6 address, use EPSV');
      }
      if (wanted !== null && wanted !== family) throw new PeerError(`data connections are made over ${family} here`);
      forget();
      const port = await context.openDataPort(session, options.ports).catch((error: unknown) => {
        throw ofRange(error, options.ports);
      });
      agreed = { kind: 'passive', port };
      const host = kind === 'PASV' ? options.publicAddresses.tell(session) : port.local.address;
      return { host, port: port.local.port };
    },
    active({ host, port }) {
      refuseAfterEpsvAll();
      // RFC 2577 3: whoever may name any address can have us attack others, or scan ports.
      if (!isSameAddress(host, session.peer.address))
        throw new PeerError('data connections go to your own address only');
      if (port < lowestPort || port > 65_535)
        throw new PeerError(`data connections go to ports from ${lowestPort} on only`);
      forget();
      agreed = { kind: 'active', port };
    },
    protect(on) {
      isProtected = on;
    },
    epsvAll() {
      isEpsvAll = true;
    },
    async open(signal) {
      const way = agreed;
      if (way === null) throw new PeerError('there is no data connection: use EPSV or PASV first');
      agreed = null;
      const data = await connect(way, signal);
      try {
        signal.throwIfAborted();
        if (isProtected) await data.startTls({ mustResume: options.mustResume });
        signal.throwIfAborted();
        return data;
      } catch (error) {
        await data[Symbol.asyncDispose]();
        throw error;
      }
    },
    reset() {
      forget();
      isProtected = false;
      isEpsvAll = false;
    },
    [Symbol.dispose]: forget,
  };
}

/** Says which option it is that has too few ports. */
function ofRange(error: unknown, ports: PortRange | null): unknown {
  if (!(error instanceof TemporaryError) || ports === null) return error;
  return new TemporaryError(`${reasonOf(error)} (passive_ports: ${ports.first}-${ports.last})`, error.retryAfterMs);
}
