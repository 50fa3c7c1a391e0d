import { createServer } from 'node:net';
import { once } from 'node:events';

import { ConfigError } from '../../src/contract/errors.ts';
import type { Chaos, Fault } from '../fault.ts';

/** A changed configuration again and again, by the control socket and by SIGHUP. */
export const reload: Fault = {
  name: 'reload, changed',
  async inject(chaos) {
    const { subject } = chaos;
    const { generation } = await subject.status();
    const loaded = subject.next('config.loaded', (line) => line['generation'] === generation + 1);
    subject.write(chaos.nextEdition());
    chaos.injected();
    if (generation % 2 === 0) subject.signal('SIGHUP');
    else await subject.ask({ command: 'reload' });
    await loaded;
  },
};

/** What cannot be taken: the daemon goes on as before. */
export const brokenReload: Fault = {
  name: 'reload, broken',
  async inject(chaos) {
    const { subject } = chaos;
    const { generation } = await subject.status();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const good = chaos.edition();
    const more = (text: string): string => `${good}  ${text}\n`;
    try {
      for (const yaml of [
        'services: [',
        '',
        more('mystery: { type: nothing }'),
        good.replace('workers: 2', 'workers: -2'),
        more(`taken: { type: echo, listen: tcp://127.0.0.1:${port} }`),
        more('absent: { type: ./absent.js, listen: tcp://127.0.0.1:0 }'),
      ]) {
        subject.write(yaml);
        chaos.injected();
        await refusedReload(chaos, yaml);
      }
    } finally {
      subject.write(good);
      server.close();
    }
    const now = await subject.status();
    if (now.generation !== generation || now.state !== 'running') {
      chaos.broken(`after broken reloads it is ${now.state} in generation ${now.generation}, not ${generation}`);
    }
  },
};

async function refusedReload(chaos: Chaos, yaml: string): Promise<void> {
  try {
    await chaos.subject.ask({ command: 'reload' });
    chaos.broken(`a broken configuration was taken: ${JSON.stringify(yaml.slice(-80))}`);
  } catch (error) {
    if (!(error instanceof ConfigError) && (error as { code?: unknown }).code === undefined) throw error;
  }
}
