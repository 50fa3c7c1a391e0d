import { findProgram } from '../programs.ts';
import { expect } from '../outcome.ts';
import type { Traffic } from '../visit.ts';

/** A program for each connection. */
export const shout: Traffic = {
  name: 'exec nowait',
  services: ['shout'],
  async visit(visit) {
    const peer = await visit.dial(visit.ports.shout);
    try {
      const text = `number ${visit.random.below(1_000_000)}`;
      peer.write(text);
      peer.end();
      const heard = (await peer.rest()).toString();
      expect(heard === text.toUpperCase(), text.toUpperCase(), heard);
    } finally {
      peer.destroy();
    }
  },
};

/** A program that has the listening socket. */
export const count: Traffic = {
  name: 'exec wait',
  services: ['count'],
  missing: () => (findProgram('perl') === null ? 'there is no perl' : null),
  async visit(visit) {
    const peer = await visit.dial(visit.ports.count);
    try {
      const length = 1 + visit.random.below(20_000);
      peer.write('x'.repeat(length));
      peer.end();
      const heard = (await peer.rest()).toString();
      expect(heard === `${length}\n`, `${length}`, heard);
    } finally {
      peer.destroy();
    }
  },
};
