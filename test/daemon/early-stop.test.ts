import { existsSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { launchDaemon } from '../support/daemon.ts';

/** Is up when it has noted that it begins, but never ready. */
const stuck = `
export default {
  name: 'stuck',
  create() {
    console.error(JSON.stringify({ event: 'stuck' }));
    return new Promise(() => setInterval(() => {}, 1_000));
  },
};
`;
const broken = `export default {
  name: 'broken',
  create() {
    throw new Error('no such folder');
  },
};
`;
const yaml = `services:
  echo: { listen: tcp://127.0.0.1:0 }
  broken: { type: ./broken.ts, listen: tcp://127.0.0.1:0, isolate: true }
  stuck: { type: ./stuck.ts, listen: tcp://127.0.0.1:0, isolate: true }
`;
const files = { 'stuck.ts': stuck, 'broken.ts': broken };

for (const [name, signals] of [
  ['once', ['SIGTERM']],
  ['twice', ['SIGTERM', 'SIGTERM']],
] as const) {
  t.test(`a daemon that is told to stop ${name} while its services are still starting ends`, async (t) => {
    const daemon = launchDaemon(t, yaml, { files });
    await daemon.line((line) => line.event === 'stuck');
    await daemon.line((line) => line.event === 'service.failed' && line['service'] === 'broken');
    for (const signal of signals) daemon.signal(signal);
    t.same(await daemon.exited, { code: 0, signal: null });
    t.notOk(existsSync(join(daemon.folder, 'var/portico.sock')));
    t.notOk(daemon.lines.some((line) => line.event === 'config.loaded'));
  });
}

t.test('one that is told so at its first breath, too', async (t) => {
  const daemon = launchDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  await daemon.line((line) => line.event === 'daemon.start');
  daemon.signal('SIGTERM');
  t.same(await daemon.exited, { code: 0, signal: null });
});
