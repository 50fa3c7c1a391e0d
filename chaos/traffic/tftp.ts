import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

import { bodyOf } from '../item.ts';
import { expect, PutOff, Wrong } from '../outcome.ts';
import type { Traffic, Visit } from '../visit.ts';

/** Files by TFTP (RFC 1350): each transfer from a port of its own, or all from the service's. */
export const tftp: Traffic = {
  name: 'tftp',
  services: ['tftp'],
  visit: (visit) => put(visit, visit.ports.tftp),
};

export const tftpSingle: Traffic = {
  name: 'tftp single',
  services: ['tftp-single'],
  visit: (visit) => put(visit, visit.ports.tftpSingle),
};

const blockBytes = 512;
const againMs = 1_000;
const tries = 30;

async function put(visit: Visit, port: number): Promise<void> {
  const id = visit.ledger.nextItem('tftp');
  const bytes = Buffer.from(bodyOf(id));
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answered = visit.begin();
  const arrived: [Buffer, RemoteInfo][] = [];
  const history: string[] = [];
  let wake = (): void => {};
  socket.on('message', (packet, from) => {
    arrived.push([packet, from]);
    answered();
    wake();
  });
  /** The next packet; null when none comes soon. */
  const hear = async (): Promise<[Buffer, RemoteInfo] | null> => {
    if (arrived.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, againMs);
      wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    return arrived.shift() ?? null;
  };
  let to = port;
  let isKnown = false;
  /** Sends until this block is acknowledged. */
  const send = async (packet: Buffer, block: number): Promise<void> => {
    for (let time = 0; time < tries; time += 1) {
      socket.send(packet, to, '127.0.0.1');
      history.push(`sent ${block}`);
      for (let heard = await hear(); heard !== null; heard = await hear()) {
        const [answer, from] = heard;
        if (isKnown && from.port !== to) continue;
        const [code, number] = [answer.readUInt16BE(0), answer.readUInt16BE(2)];
        if (code === 5) throw failureOf(answer, history.slice(-6).join(', '));
        history.push(`heard ${number}`);
        if (code !== 4 || number !== block) continue;
        to = from.port;
        isKnown = true;
        return;
      }
    }
    throw new Error(`${block === 0 ? 'the request' : `block ${block}`} of ${id} was never acknowledged`);
  };
  try {
    await send(Buffer.from(`\0\u0002${id}.txt\0octet\0`, 'latin1'), 0);
    for (let block = 1; ; block += 1) {
      const part = bytes.subarray((block - 1) * blockBytes, block * blockBytes);
      await send(Buffer.concat([Buffer.of(0, 3, block >> 8, block & 0xff), part]), block);
      if (part.length < blockBytes) break;
    }
    visit.acknowledged(id);
  } finally {
    socket.close();
  }
}

function failureOf(packet: Buffer, history: string): Error {
  const code = packet.readUInt16BE(2);
  const text = `error ${code} ${packet.toString('utf8', 4).replace(/\0$/, '')}`;
  // 3: the disk is full. 0: whatever else keeps it from being done now. 5: a worker that has ended had the transfer.
  if (code === 3 || code === 0) return new PutOff(text);
  if (code === 5) return new Error(`${text} after: ${history}`);
  expect(code !== 1, 'another error', text);
  return new Wrong(text);
}
