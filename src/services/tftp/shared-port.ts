import type { Json } from '../../contract/bus.ts';
import { formatEndpoint, type Endpoint } from '../../contract/endpoint.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { DatagramPort } from '../../contract/session.ts';
import { createInbox } from './link.ts';
import { errorCodes, errorPacket, opcodeOf, opcodes } from './packet.ts';
import { isRequest, keyOf, type Arrival, type SharedLink, type Transfers } from './transfers.ts';

/**
 * Transfers through the service's own port. All workers, those of the last configuration that still drain too, read from one
 * socket, so that the packets of a transfer come to any of them: only one can have a transfer with a port of a peer, and what is not a
 * worker's own it asks the others about, over the bus.
 */
export interface SharedPort {
  opened(port: DatagramPort): void;
  receive(arrival: Arrival, transfers: Transfers): Promise<void>;
  /** null: another worker has a transfer with this port of the peer. */
  openLink(arrival: Arrival): Promise<SharedLink | null>;
  /** Answers the other workers. */
  serve(transfers: Transfers): void;
  stop(): void;
}

// Questions to the other workers at once. Past it packets are dropped: strangers could ask more than the master can take.
const maxQuestions = 64;

export function createSharedPort({
  name,
  bus,
  draining,
  log,
}: Pick<ServiceContext, 'name' | 'bus' | 'draining' | 'log'>): SharedPort {
  const ports = new Map<string, DatagramPort>();
  const [packetTopic, requestTopic] = [`tftp/${name}/packet`, `tftp/${name}/request`];
  const stops: (() => void)[] = [];
  let questions = 0;

  const askOthers = async (arrival: Arrival): Promise<boolean | null> => {
    if (questions >= maxQuestions) return null;
    questions += 1;
    try {
      const replies = await bus.request(packetTopic, toJson(arrival));
      return replies.some(({ reply }) => reply === true);
    } finally {
      questions -= 1;
    }
  };
  const begin = (arrival: Arrival, transfers: Transfers): void => {
    transfers.begin(arrival).catch((error: unknown) => log.err('a transfer failed', { error }));
  };
  const claimOf = ({ local, peer }: Arrival): string => `tftp/${name} ${keyOf(local, peer)}`;
  /** Whether nobody has a transfer there. Who is too busy to answer, or not asked during an upgrade, still has the claim. */
  const isFree = async (arrival: Arrival): Promise<boolean> => {
    const claim = claimOf(arrival);
    const isOurs = await bus.claim(claim);
    if (isOurs) bus.release(claim);
    return isOurs;
  };

  return {
    opened: (port) => void ports.set(formatEndpoint(port.local), port),
    async receive(arrival, transfers) {
      if (isRequest(arrival.data)) {
        // This worker is on its way out: whoever stays takes it, with the configuration of today.
        if (draining.aborted && !transfers.has(arrival)) bus.publish(requestTopic, toJson(arrival));
        else await transfers.begin(arrival);
        return;
      }
      if (transfers.pass(arrival)) return;
      // RFC 1350 4. An error is never answered.
      if ((await askOthers(arrival)) !== false || opcodeOf(arrival.data) === opcodes.error) return;
      if (await isFree(arrival)) arrival.reply(errorPacket(errorCodes.unknownTransfer, 'Unknown transfer'));
    },
    async openLink(arrival) {
      const claim = claimOf(arrival);
      if (!(await bus.claim(claim))) {
        // Who has the transfer has been handed the request as well, and may have heard more of the peer since.
        if (arrival.isHandedOn !== true) await askOthers(arrival);
        return null;
      }
      const inbox = createInbox();
      return {
        ...inbox,
        send: arrival.reply,
        close: () => bus.release(claim),
      };
    },
    serve(transfers) {
      stops.push(
        bus.answer(packetTopic, (message) => {
          const arrival = fromJson(message, ports);
          if (arrival === null || !transfers.has(arrival)) return false;
          if (isRequest(arrival.data)) begin(arrival, transfers);
          else transfers.pass(arrival);
          return true;
        }),
        bus.subscribe(requestTopic, (message) => {
          const arrival = fromJson(message, ports);
          if (arrival !== null && !draining.aborted) begin({ ...arrival, isHandedOn: true }, transfers);
        }),
      );
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

function toJson({ data, peer, local }: Arrival): Json {
  return { local: formatEndpoint(local), peer: { ...peer }, data: data.toString('base64') };
}

/** null: not an address of this worker's. */
function fromJson(message: Json, ports: ReadonlyMap<string, DatagramPort>): Arrival | null {
  const { local, peer, data } = message as unknown as {
    readonly local: string;
    readonly peer: Endpoint;
    readonly data: string;
  };
  const port = ports.get(local);
  if (port === undefined) return null;
  return {
    data: Buffer.from(data, 'base64'),
    peer,
    local: port.local,
    reply: (bytes) => port.send(bytes, peer),
  };
}
