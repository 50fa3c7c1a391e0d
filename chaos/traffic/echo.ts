import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, Refused } from '../outcome.ts';
import type { Traffic, Visit } from '../visit.ts';

const answerMs = 20_000;

export const echo: Traffic = {
  name: 'echo tcp',
  services: ['echo'],
  peers: 3,
  visit: async (visit) => speak(visit, visit.ports.echo, false, 1 + visit.random.below(4)),
};

export const echoTls: Traffic = {
  name: 'echo tls',
  services: ['echo'],
  visit: async (visit) => speak(visit, visit.ports.echoTls, true, 1 + visit.random.below(4)),
};

/** One session that lasts as long as the fault: across all that is done to the daemon meanwhile. */
export const echoLong: Traffic = {
  name: 'echo long',
  services: ['echo'],
  visit: (visit) => speak(visit, visit.ports.echo, false, Infinity),
};

export const forward: Traffic = {
  name: 'forward',
  services: ['forward', 'echo'],
  visit: async (visit) => speak(visit, visit.ports.forward, false, 1 + visit.random.below(4)),
};

async function speak(visit: Visit, port: number, tls: boolean, times: number): Promise<void> {
  const peer = await visit.dial(port, tls);
  try {
    for (let time = 0; time === 0 || (time < times && visit.goesOn); time += 1) {
      const text = `number ${time} ${'.'.repeat(visit.random.below(1_000))}`;
      peer.write(text);
      const heard = (await peer.bytes(text.length)).toString();
      expect(heard === text, 'what was said', heard);
      await delay(10);
    }
  } finally {
    peer.destroy();
  }
}

/** A datagram and its answer. */
export const echoUdp: Traffic = {
  name: 'echo udp',
  services: ['echo'],
  async visit(visit) {
    const socket = createSocket('udp4');
    const answered = visit.begin();
    try {
      socket.connect(visit.ports.echo, '127.0.0.1');
      await once(socket, 'connect');
      const text = `datagram ${visit.random.below(1_000_000)}`;
      const answer = once(socket, 'message', { signal: AbortSignal.timeout(answerMs) });
      socket.send(text);
      const [heard] = (await answer) as [Buffer];
      answered();
      expect(heard.toString() === text, text, heard.toString());
    } catch (error) {
      // Nobody has the port: an ICMP message says so.
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') throw new Refused('ECONNREFUSED (UDP)');
      throw (error as Error).name === 'AbortError' ? new Error('a datagram without an answer') : error;
    } finally {
      socket.close();
    }
  },
};
