import type { Traffic } from '../visit.ts';

/** Log messages over TCP. Nothing is acknowledged there, so that nothing can be held against the daemon but a lost session. */
export const syslog: Traffic = {
  name: 'syslog',
  services: ['syslog'],
  async visit(visit) {
    const peer = await visit.dial(visit.ports.syslog);
    try {
      const count = 1 + visit.random.below(30);
      for (let line = 0; line < count; line += 1) peer.write(`<13>message ${line} of a peer\n`);
      peer.end();
      await peer.rest();
    } finally {
      peer.destroy();
    }
  },
};

export const daytime: Traffic = {
  name: 'daytime',
  services: ['daytime'],
  async visit(visit) {
    const peer = await visit.dial(visit.ports.daytime);
    try {
      await peer.line();
    } finally {
      peer.destroy();
    }
  },
};
