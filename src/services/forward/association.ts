import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';

import { reasonOf } from '../../contract/errors.ts';
import type { AddressPlan } from '../../contract/plan.ts';
import type { Datagram } from '../../contract/session.ts';

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
  /** Datagrams kept while the target's name is looked up. */
  readonly maxWaiting: number;
  /** Local ends of all outgoing sockets, as "ADDRESS PORT". */
  readonly ownEnds: Set<string>;
  readonly onAnswer: () => void;
  /** Called at most once. */
  readonly onError: (reason: string) => void;
}

// Datagrams waiting in user space; past it they are dropped, as the network would.
const maxQueuedBytes = 1 << 20;

export function openAssociation({ target, maxWaiting, ownEnds, onAnswer, onError }: AssociationOptions): Association {
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
  const fail = (error: Error): void => {
    failedAt = performance.now();
    waiting = [];
    report(error);
  };
  const begin = (opened: Socket): void => {
    const { address, port } = opened.address();
    ownEnd = `${address} ${port}`;
    ownEnds.add(ownEnd);
    isConnected = true;
    for (const data of waiting) opened.send(data);
    waiting = [];
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
  lookup(target.host, (error, address, family) => {
    if (isClosed) return;
    if (error === null) open(address, family);
    else fail(error);
  });

  return {
    usedAt: 0,
    get failedAt() {
      return failedAt;
    },
    send(packet) {
      reply = (bytes) => packet.reply(bytes);
      if (socket === null || !isConnected) {
        if (failedAt === null && waiting.length < maxWaiting) waiting.push(packet.data);
      } else if (socket.getSendQueueSize() < maxQueuedBytes) socket.send(packet.data);
    },
    close() {
      isClosed = true;
      ownEnds.delete(ownEnd);
      socket?.close();
    },
  };
}
