import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

import type { Test } from 'tap';

import { dial, type Peer } from '../support/dial.ts';

/** Connects to a service; the connection is gone at the latest with the test. */
export async function visit(t: Test, port: number): Promise<Peer> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  return peer;
}

/** Says something and returns as many bytes of the answer. */
export async function exchange(peer: Peer, text: string): Promise<string> {
  await peer.write(text);
  return (await peer.bytes(Buffer.byteLength(text))).toString();
}

/** One visit to a service that echoes. */
export async function echo(port: number, text: string): Promise<string> {
  const peer = await dial(port);
  try {
    return await exchange(peer, text);
  } finally {
    peer.reset();
  }
}

/** All that a service says to who says nothing. */
export async function listenTo(port: number): Promise<string> {
  const peer = await dial(port);
  peer.end();
  return (await peer.rest()).toString();
}

/** The error code with which connecting fails; "none" when it does not. */
export function connectError(port: number, host = '127.0.0.1'): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host, autoSelectFamily: false });
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  socket.once('connect', () => {
    socket.resetAndDestroy();
    resolve('none');
  });
  return promise;
}

export interface Counts {
  /** Connections that were established and answered. */
  answered: number;
  /** Established, but ended without an answer. */
  cut: number;
  /** Not established, by error code. */
  readonly refused: Record<string, number>;
}

export interface StormOptions {
  /** Goes on until this settles. */
  readonly until: Promise<unknown>;
  readonly atOnce?: number;
  /** Hears of each answer, with their number so far. */
  readonly answered?: (count: number) => void;
}

/** Connects again and again to a service that echoes, some at a time, and counts what becomes of each. */
export async function storm(port: number, { until, atOnce = 25, answered }: StormOptions): Promise<Counts> {
  const counts: Counts = { answered: 0, cut: 0, refused: {} };
  let isOver = false;
  const visitor = async (): Promise<void> => {
    while (!isOver) {
      const outcome = await knock(port);
      if (outcome === 'answered') {
        counts.answered += 1;
        answered?.(counts.answered);
      } else if (outcome === 'cut') counts.cut += 1;
      else counts.refused[outcome] = (counts.refused[outcome] ?? 0) + 1;
    }
  };
  const visitors = Array.from({ length: atOnce }, visitor);
  await until.finally(() => (isOver = true));
  await Promise.all(visitors);
  return counts;
}

function knock(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, autoSelectFamily: false });
  let isConnected = false;
  socket.once('connect', () => {
    isConnected = true;
    socket.write('?');
  });
  socket.once('data', () => {
    // A reset leaves no TIME_WAIT behind, of which there is room for some 28,000.
    socket.resetAndDestroy();
    resolve('answered');
  });
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(isConnected ? 'cut' : (error.code ?? error.message)));
  socket.once('close', () => resolve('cut'));
  return promise;
}

export interface DatagramPeer {
  readonly socket: DatagramSocket;
  send(text: string): Promise<void>;
  /** The next datagram. */
  receive(): Promise<string>;
}

/** Sends datagrams to a service that echoes, each after the answer to the one before, and returns how many there were. */
export async function ping(peer: DatagramPeer, until: Promise<unknown>): Promise<number> {
  let isOver = false;
  const ended = until.finally(() => (isOver = true));
  let count = 0;
  while (!isOver) {
    await peer.send(`number ${++count}`);
    const answer = await peer.receive();
    if (answer !== `number ${count}`) throw new Error(`datagram ${count} was answered with ${answer}`);
  }
  await ended;
  return count;
}

/** A UDP socket that talks to one loopback port. */
export async function sendTo(t: Test, port: number): Promise<DatagramPeer> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const arrived: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(data.toString());
    else taker(data.toString());
  });
  return {
    socket,
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, (error) => (error === null ? resolve() : reject(error)));
      }),
    receive() {
      const text = arrived.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    },
  };
}
