import { setTimeout as delay } from 'node:timers/promises';

import type { Connection } from '../connection.ts';
import { Wrong } from '../outcome.ts';
import type { Traffic, Visit } from '../visit.ts';

let guests = 0;

/** Two talk to each other as long as the fault lasts. */
export const chat: Traffic = {
  name: 'chat',
  services: ['chat'],
  async visit(visit) {
    const alice = await enter(visit);
    const bob = await enter(visit).catch((error: Error) => {
      alice.peer.destroy();
      throw error;
    });
    try {
      // They may be in two workers: that one has come in is known there a moment later.
      await hear(alice.peer, `* ${bob.name} joined lobby`);
      for (let number = 0; number === 0 || visit.goesOn; number += 1) {
        alice.peer.write(`/msg ${bob.name} number ${number}\n`);
        await hear(bob.peer, `-${alice.name}- number ${number}`);
        bob.peer.write(`/msg ${alice.name} thanks for ${number}\n`);
        await hear(alice.peer, `-${bob.name}- thanks for ${number}`);
        // Who talks faster than the service's rate is not heard.
        await delay(20);
      }
      for (const { peer } of [alice, bob]) peer.write('/quit\n');
      await Promise.all([alice.peer.rest(), bob.peer.rest()]);
    } finally {
      for (const { peer } of [alice, bob]) peer.destroy();
    }
  },
};

async function enter(visit: Visit): Promise<{ readonly name: string; readonly peer: Connection }> {
  const peer = await visit.dial(visit.ports.chat);
  const name = `guest-${(guests += 1)}`;
  peer.write(`${name}\n`);
  await hear(peer, `* ${name} joined lobby`);
  return { name, peer };
}

async function hear(peer: Connection, wanted: string): Promise<void> {
  for (;;) {
    const line = await peer.line();
    if (line === wanted) return;
    if (line.startsWith('!')) throw new Wrong(`expected ${wanted}, got ${line}`);
  }
}
