import { createSocket, type Socket } from 'node:dgram';

import { reasonOf } from '../../contract/errors.ts';
import type { AddressPlan } from '../../contract/plan.ts';
import type { Datagram } from '../../contract/session.ts';
import type { TargetLookup } from './target-lookup.ts';

/** One peer's outgoing socket. */
export interface Association {
  usedAt: number;
  /** When it became known that this socket will never work. */
  readonly failedAt: number | null;
  send(packet: Datagram): void;
  close(): void;
}

export interface AssociationOptions {
  readonly target: AddressPlan;
  readonly lookup: TargetLookup;
  /** Datagrams kept while the target's name is looked up. */
  readonly maxWaiting: number;
  /** Bytes that all associations may still keep together while it is looked up. */
  readonly room: { bytes: number };
  /** Local ends of all outgoing sockets, as "ADDRESS PORT". */
  readonly ownEnds: Set<string>;
  readonly onAnswer: () => void;
  /** Called at most once. */
  readonly onError: (reason: string) => void;
}

// Datagrams waiting in user space; past it they are dropped, as the network would.
const maxQueuedBytes = 1 << 20;

export function openAssociation(options: AssociationOptions): Association {
  const { target, lookup, maxWaiting, room, ownEnds, onAnswer, onError } = options;
  let socket: Socket | null = null;
  let isConnected = false;
  let isClosed = false;
  let failedAt: number | null = null;
  let ownEnd = '';
  let waiting: Buffer[] = [];
  let reply: Datagram['reply'] = () => {};

  // Not once for each datagram to a target that is down.
  let report = (error: Error): void => {
    report = () => {};
    onError(reasonOf(error));
  };
  const wait = (data: Buffer): void => {
    if (failedAt !== null || waiting.length >= maxWaiting || data.length > room.bytes) return;
    room.bytes -= data.length;
    waiting.push(data);
  };
  const takeWaiting = (): Buffer[] => {
    const taken = waiting;
    waiting = [];
    for (const { length } of taken) room.bytes += length;
    return taken;
  };
  const fail = (error: Error): void => {
    failedAt = performance.now();
    takeWaiting();
    report(error);
  };
  const begin = (opened: Socket): void => {
    const { address, port } = opened.address();
    ownEnd = `${address} ${port}`;
    ownEnds.add(ownEnd);
    isConnected = true;
    for (const data of takeWaiting()) opened.send(data);
  };
  const open = (address: string, family: number): void => {
    const opened = createSocket(family === 6 ? 'udp6' : 'udp4');
    socket = opened;
    opened.on('error', (error) => report(error));
    opened.on('message', (data) => {
      onAnswer();
      reply(data);
    });
    // Connected: the kernel lets only the target answer, and tells when nobody listens there.
    opened.connect(target.port, address, (error?: Error | null) => {
      if (isClosed) return;
      if (error) fail(error);
      else begin(opened);
    });
  };
  const giveUpLookup = lookup((error, found) => {
    if (found !== null) open(found.address, found.family);
    else fail(error ?? new Error('there is no such name'));
  });

  return {
    usedAt: 0,
    get failedAt() {
      return failedAt;
    },
    send(packet) {
      reply = (bytes) => packet.reply(bytes);
      if (socket === null || !isConnected) wait(packet.data);
      else if (socket.getSendQueueSize() < maxQueuedBytes) socket.send(packet.data);
    },
    close() {
      isClosed = true;
      giveUpLookup();
      takeWaiting();
      ownEnds.delete(ownEnd);
      socket?.close();
    },
  };
}
