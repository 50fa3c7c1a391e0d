import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

import type { Test } from 'tap';

import type { Endpoint, Service } from '../../src/contract/index.ts';
import tftp from '../../src/services/tftp/index.ts';
import { usualPatience, type Patience } from '../../src/services/tftp/patience.ts';
import { createTftpService } from '../../src/services/tftp/service.ts';
import { createFakeContext, type FakeContext } from './fake-context.ts';

/** Packets are sent again soon, so that what is lost costs a test little. */
export const hasty: Patience = { ...usualPatience, firstMs: 40, longestMs: 160, dallyMs: 200 };

export interface TftpServer {
  readonly port: number;
  readonly services: readonly Service[];
  readonly contexts: readonly FakeContext[];
  /** Whom the next packets go to: a worker's number, or null for one after the other. */
  steer(worker: number | null): void;
}

export interface TftpServerOptions {
  /** As in the file. */
  readonly options: { readonly root: string } & Readonly<Record<string, unknown>>;
  readonly patience?: Patience;
  /** One for each worker; all share the port, as they do in a daemon. */
  readonly contexts?: readonly FakeContext[];
}

export async function startTftp(t: Test, server: TftpServerOptions): Promise<TftpServer> {
  const { patience = hasty, contexts = [createFakeContext()] } = server;
  const options = tftp.options.parse(server.options);
  const socket = await openSocket(t);
  const { port } = socket.address();
  const local: Endpoint = { address: '127.0.0.1', port, family: 'IPv4' };
  const services = contexts.map((context) => createTftpService(options, context, patience));
  let steered: number | null = null;
  let turn = 0;
  for (const service of services) {
    service.opened?.({ local, send: (bytes, peer) => socket.send(bytes as Uint8Array, peer.port, peer.address) });
  }
  socket.on('message', (data, from) => {
    const service = services[steered ?? (turn += 1) % services.length];
    const peer: Endpoint = { address: from.address, port: from.port, family: 'IPv4' };
    void service?.datagram?.({ data, peer, local, reply: (bytes) => socket.send(bytes, from.port, from.address) });
  });
  t.teardown(() => Promise.all(services.map(async (service) => service.stop?.())));
  return { port, services, contexts, steer: (worker) => void (steered = worker) };
}

export interface TftpPeer {
  readonly port: number;
  send(packet: Buffer | string, port: number): void;
  /** The next packet and where it came from; null when none comes within this time. */
  receive(ms?: number): Promise<{ readonly packet: Buffer; readonly port: number } | null>;
}

/** The other side, packet by packet. */
export async function openPeer(t: Test): Promise<TftpPeer> {
  const socket = await openSocket(t);
  const arrived: { packet: Buffer; port: number }[] = [];
  let wake = (): void => {};
  socket.on('message', (packet, { port }) => {
    arrived.push({ packet, port });
    wake();
  });
  return {
    port: socket.address().port,
    send: (packet, port) => socket.send(packet, port, '127.0.0.1'),
    async receive(ms = 5_000) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return arrived.shift() ?? null;
    },
  };
}

export function request(
  kind: 'read' | 'write',
  name: string,
  mode = 'octet',
  options: Readonly<Record<string, string | number>> = {},
): Buffer {
  const texts = [name, mode, ...Object.entries(options).flatMap(([option, value]) => [option, String(value)])];
  return Buffer.concat([Buffer.of(0, kind === 'read' ? 1 : 2), Buffer.from(texts.map((text) => `${text}\0`).join(''))]);
}

export function ack(block: number): Buffer {
  return Buffer.of(0, 4, (block >> 8) & 0xff, block & 0xff);
}

export function data(block: number, bytes: Buffer | string): Buffer {
  return Buffer.concat([Buffer.of(0, 3, (block >> 8) & 0xff, block & 0xff), Buffer.from(bytes as string)]);
}

/** "DATA 1 (512)", "ACK 7", "ERROR 1 File not found", "OACK tsize=3". */
export function describePacket(packet: Buffer | undefined | null): string {
  if (!packet) return 'nothing';
  const code = packet.readUInt16BE(0);
  const text = (): string[] =>
    packet
      .toString('utf8')
      .slice(code === 6 ? 2 : 4)
      .split('\0')
      .slice(0, -1);
  if (code === 3) return `DATA ${packet.readUInt16BE(2)} (${packet.length - 4})`;
  if (code === 4) return `ACK ${packet.readUInt16BE(2)}`;
  if (code === 5) return `ERROR ${packet.readUInt16BE(2)} ${text()[0]}`;
  const pairs = text();
  return `OACK ${pairs.flatMap((name, at) => (at % 2 === 0 ? [`${name}=${pairs[at + 1]}`] : [])).join(' ')}`;
}

/** A network that loses every nth packet, both ways, and tells ports apart as one does. */
export async function openLossyWay(
  t: Test,
  port: number,
  every: number,
): Promise<{ readonly port: number; lost(): number }> {
  let passed = 0;
  let lost = 0;
  const isLost = (): boolean => {
    passed += 1;
    if (passed % every !== 0) return false;
    lost += 1;
    return true;
  };
  const front = await openSocket(t);
  const upstreams = new Map<string, Promise<(packet: Buffer, to: number) => void>>();
  const openUpstream = async (peer: RemoteInfo): Promise<(packet: Buffer, to: number) => void> => {
    const upstream = await openSocket(t);
    // What the peer sees in place of each port of the server.
    const faces = new Map<number, Promise<Socket>>([[port, Promise.resolve(front)]]);
    const faceOf = (from: number): Promise<Socket> => {
      const face =
        faces.get(from) ??
        openSocket(t).then((opened) =>
          opened.on('message', (packet) => void (isLost() || upstream.send(packet, from, '127.0.0.1'))),
        );
      faces.set(from, face);
      return face;
    };
    let turn = Promise.resolve();
    upstream.on('message', (packet, from) => {
      if (isLost()) return;
      turn = turn.then(async () => {
        const face = await faceOf(from.port);
        face.send(packet, peer.port, peer.address);
      });
    });
    return (packet, to) => upstream.send(packet, to, '127.0.0.1');
  };
  front.on('message', (packet, peer) => {
    if (isLost()) return;
    const key = `${peer.address} ${peer.port}`;
    const upstream = upstreams.get(key) ?? openUpstream(peer);
    upstreams.set(key, upstream);
    void upstream.then((send) => send(packet, port));
  });
  return { port: front.address().port, lost: () => lost };
}

async function openSocket(t: Test): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 << 20);
  t.teardown(() => {
    socket.close();
  });
  return socket;
}
