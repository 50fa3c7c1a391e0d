import { setTimeout as delay } from 'node:timers/promises';

import type { OpenPart } from '../part.ts';
import { findEchoSubjects } from './echo-subjects.ts';

const idleSessions = 10_000;

export const openMemory: OpenPart = ({ generator }) => ({
  present: findEchoSubjects(generator.tiny).present.filter(
    ({ name }) => name === 'portico' || name === 'bare node:net',
  ),
  absent: [],
  cases: [
    {
      name: 'memory',
      title: `${idleSessions} idle sessions, each`,
      unit: 'KB',
      service: 'echo',
      async measureStopped(start) {
        const started = await start();
        try {
          const port = started.port('echo');
          // The first sessions make what all have in common.
          await generator.run('echo', port, 32, 0.5, 8);
          await delay(500);
          const before = started.memoryBytes();
          const held = await generator.hold(port, idleSessions);
          while (started.descriptors() < idleSessions) await delay(50);
          await delay(1_000);
          const each = (started.memoryBytes() - before) / idleSessions / 1024;
          await held.release();
          return { value: each, cpuMicroseconds: null, note: '' };
        } finally {
          await started.stop();
        }
      },
    },
  ],
});
