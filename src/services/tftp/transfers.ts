import { formatEndpoint, type Endpoint } from '../../contract/endpoint.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { DatagramBytes } from '../../contract/session.ts';
import type { Link } from './link.ts';
import type { TftpOptions } from './options.ts';
import { errorCodes, errorPacket, opcodeOf, opcodes, parseRequest, type TftpRequest } from './packet.ts';
import type { Patience } from './patience.ts';
import { runTransfer } from './transfer.ts';
import { TransferError } from './transfer-error.ts';

/** A datagram that came to an address of the service. */
export interface Arrival {
  readonly data: Buffer;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  /** From the service's port. */
  readonly reply: (bytes: DatagramBytes) => void;
  /** A worker that drains has handed it to all who stay, so that it may come late. */
  readonly isHandedOn?: boolean;
}

/** The transfers of one worker. */
export interface Transfers {
  /** Takes a request. Resolves when its transfer is over, or there is none. */
  begin(arrival: Arrival): Promise<void>;
  /** Gives a packet to the transfer that it is of; false: there is none. */
  pass(arrival: Pick<Arrival, 'data' | 'peer' | 'local'>): boolean;
  /** Whether there is one with this port of the peer. */
  has(arrival: Pick<Arrival, 'peer' | 'local'>): boolean;
  /** Resolves when there are none. */
  emptied(): Promise<void>;
  /** Ends all. */
  stop(): Promise<void>;
}

export interface TransfersOptions {
  readonly options: TftpOptions;
  readonly context: Pick<ServiceContext, 'name' | 'log' | 'openTree' | 'received'>;
  readonly patience: Patience;
  /** The way to the peer; null: another worker has a transfer with it. */
  readonly openLink: (arrival: Arrival) => Promise<Link | null>;
}

interface Transfer {
  readonly request: Buffer;
  state: 'opening' | 'asked' | 'begun' | 'dallying';
  /** When its peer answered first; milliseconds of the clock that only goes on. */
  begunAt: number;
  link: Link | null;
  ended: Promise<void>;
}

export function createTransfers({ options, context, patience, openLink }: TransfersOptions): Transfers {
  // By both ends: a port of a peer has one transfer at a time.
  const transfers = new Map<string, Transfer>();
  let isStopped = false;

  const run = async (key: string, transfer: Transfer, request: TftpRequest, arrival: Arrival): Promise<void> => {
    try {
      const link = await openLink(arrival);
      if (link === null) return;
      transfer.link = link;
      transfer.state = 'asked';
      if (isStopped) link.end(stopped());
      await runTransfer({
        request,
        peer: arrival.peer,
        link,
        options,
        context,
        patience,
        began() {
          transfer.state = 'begun';
          transfer.begunAt = performance.now();
        },
        dallies: () => void (transfer.state = 'dallying'),
      });
    } finally {
      transfer.link?.close();
      if (transfers.get(key) === transfer) transfers.delete(key);
    }
  };
  /** Makes room by the place of one that is done or, as requests may be forged, the oldest whose peer has not answered. */
  const hasRoom = (): boolean => {
    if (transfers.size < options.transfers) return true;
    return endOldest('dallying', 'done') || endOldest('asked', 'others want its place, and its peer has not answered');
  };
  const endOldest = (state: Transfer['state'], reason: string): boolean => {
    const oldest = transfers.entries().find(([, transfer]) => transfer.state === state);
    if (oldest === undefined) return false;
    const [key, { link }] = oldest;
    transfers.delete(key);
    link?.end(new TransferError(reason));
    return true;
  };
  /** Whether a request takes the place of one that came before it from the same port. */
  const takesOver = (known: Transfer, { data, isHandedOn = false }: Arrival): boolean => {
    if (known.state === 'opening') return false;
    if (!known.request.equals(data)) return true;
    if (isHandedOn) return false;
    // Sent again because no answer had come yet. Several workers read from one port, so that it may be looked at after what came later.
    const isLate = known.state === 'begun' && performance.now() - known.begunAt < patience.lateMs;
    return known.state !== 'asked' && !isLate;
  };

  return {
    async begin(arrival) {
      const { data, peer, local, reply } = arrival;
      const key = keyOf(local, peer);
      const known = transfers.get(key);
      if (known !== undefined) {
        if (!takesOver(known, arrival)) return;
        // The peer has given up the other one without a word.
        known.link?.end(new TransferError('the peer asks for something else'));
        await known.ended;
        if (transfers.has(key)) return;
      }
      const request = parseRequest(data);
      if (typeof request === 'string') return reply(errorPacket(errorCodes.illegal, request));
      if (isStopped) return;
      if (!hasRoom()) return reply(errorPacket(errorCodes.other, 'Busy, try again later'));
      const transfer: Transfer = { request: data, state: 'opening', begunAt: 0, link: null, ended: Promise.resolve() };
      transfers.set(key, transfer);
      transfer.ended = run(key, transfer, request, arrival);
      await transfer.ended;
    },
    pass({ data, peer, local }) {
      const link = transfers.get(keyOf(local, peer))?.link;
      if (!isShared(link)) return false;
      link.push(data);
      return true;
    },
    has: ({ peer, local }) => transfers.has(keyOf(local, peer)),
    async emptied() {
      while (transfers.size > 0) await Promise.allSettled([...transfers.values()].map(({ ended }) => ended));
    },
    async stop() {
      isStopped = true;
      for (const { link } of transfers.values()) link?.end(stopped());
      await this.emptied();
    },
  };
}

/** A link through the service's own port, where packets have to be brought to it. */
export interface SharedLink extends Link {
  push(packet: Buffer): void;
}

function isShared(link: Link | null | undefined): link is SharedLink {
  return link !== null && link !== undefined && 'push' in link;
}

export function isRequest(data: Buffer): boolean {
  const code = opcodeOf(data);
  return code === opcodes.read || code === opcodes.write;
}

export function keyOf(local: Endpoint, peer: Endpoint): string {
  return `${formatEndpoint(local)} ${formatEndpoint(peer)}`;
}

function stopped(): TransferError {
  return new TransferError('the service stops', { code: errorCodes.other, message: 'Try again later' });
}
