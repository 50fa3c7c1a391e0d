import fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import t, { type Test } from 'tap';

import type { DeliveryStatus } from '../../src/contract/control.ts';
import type { ItemReport, TaskReport } from '../../src/contract/queue.ts';
import { canRunAs } from './privileges.ts';
import { startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';

/** A service that takes each line for a thing, and answers with its id when it is safe. */
const dropModule = `
export default {
  name: 'drop',
  create: (options, { name, desk }) => ({
    async connection(session) {
      let text = '';
      session.stream.setEncoding('utf8');
      for await (const chunk of session.stream) {
        text += chunk;
        const lines = text.split('\\n');
        text = lines.pop();
        await Promise.all(lines.map(async (line) => {
          const envelope = { service: name, session: session.id, peer: session.peer, account: null, name: null, mediaType: null, size: null, replaces: false };
          try {
            await using draft = await desk.begin(envelope);
            await draft.write(Buffer.from(line));
            const receipt = await draft.commit();
            session.received({ id: receipt.id, name: receipt.name, size: receipt.size });
            session.stream.write('+' + receipt.id + ' ' + line + '\\n');
          } catch (error) {
            session.stream.write('-' + error.name + ' ' + line + '\\n');
          }
        }));
      }
    },
  }),
};
`;

const config = (deliveries: string, more = ''): string => `
daemon: { spool_free: 1MB }
logging: { outputs: [{ console: json }] }
deliveries:
${deliveries}
services:
  drop:
    type: ./drop.mjs
    listen: tcp://127.0.0.1:0
    deliver: [archive]
${more}
`;

const archive = '  archive: { type: directory, path: ./archive, name: "{id}.txt" }';

async function start(t: Test, deliveries = archive, more = ''): Promise<TestDaemon> {
  return startDaemon(t, config(deliveries, more), { files: { 'drop.mjs': dropModule } });
}

interface Peer {
  readonly socket: Socket;
  say(text: string): void;
  /** The next answer. */
  answer(): Promise<string>;
}

async function dial(t: Test, port: number): Promise<Peer> {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  const lines: Interface = createInterface({ input: socket });
  lines.on('error', () => {});
  const answers = lines[Symbol.asyncIterator]();
  return {
    socket,
    say: (text) => void socket.write(`${text}\n`),
    answer: async () => (await answers.next().catch(() => null))?.value ?? '',
  };
}

const archived = (daemon: TestDaemon): string[] => {
  const folder = join(daemon.folder, 'archive');
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).filter((name) => name.endsWith('.txt') && !name.startsWith('.'));
};
const spooled = (daemon: TestDaemon): string[] => {
  const spool = join(daemon.folder, 'var/spool');
  return fs
    .readdirSync(spool, { recursive: true, withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [entry.name] : []));
};

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}

async function deliveryOf(daemon: TestDaemon, name = 'archive'): Promise<DeliveryStatus | undefined> {
  return (await daemon.status()).deliveries.find((each) => each.name === name);
}

t.test('what is received is delivered, and the spool is empty again', async (t) => {
  const daemon = await start(t);
  const peer = await dial(t, await daemon.port('drop'));
  peer.say('hello');
  const [, id = ''] = /^\+(\w{20}) hello$/.exec(await peer.answer()) ?? [];
  const done = await daemon.line(({ event }) => event === 'delivery.done');
  t.match(done, { delivery: 'archive', service: 'drop', id, name: id, size: 5, attempts: 1 });
  const received = await daemon.line(({ event }) => event === 'item.received');
  t.match(received, { service: 'drop', id });
  t.equal(received['session'], done['session']);
  t.equal(fs.readFileSync(join(daemon.folder, 'archive', `${id}.txt`), 'utf8'), 'hello');
  await until(() => spooled(daemon).length === 0);
  t.match(await deliveryOf(daemon), { name: 'archive', type: 'directory', queued: 0, delivered: 1, failed: 0 });
});

t.test('killed at any moment, by any process: what was acknowledged arrives', async (t) => {
  const daemon = await start(t);
  const port = await daemon.port('drop');
  const acknowledged = new Map<string, string>();
  let isOver = false;
  let count = 0;
  const load = async (): Promise<void> => {
    while (!isOver) {
      const peer = await dial(t, port);
      const closed = new Promise<string>((resolve) => peer.socket.once('close', () => resolve('')));
      while (!isOver && !peer.socket.destroyed) {
        peer.say(`thing ${(count += 1)}`);
        const answer = await Promise.race([peer.answer(), closed]);
        const [, id, text] = /^\+(\w{20}) (.*)$/.exec(answer) ?? [];
        if (id === undefined || text === undefined) break;
        acknowledged.set(id, text);
      }
      peer.socket.destroy();
    }
  };
  const loads = [load(), load(), load(), load()];
  const nextStart = (pool: string) => daemon.nextLine((line) => line.event === 'worker.start' && line['pool'] === pool);
  for (const pool of ['main', '@registry', '@courier', 'main', '@courier', '@registry']) {
    const before = acknowledged.size;
    await until(() => acknowledged.size >= before + 50);
    const pid = daemon.lines.findLast((line) => line.event === 'worker.start' && line['pool'] === pool)?.['worker'];
    const replaced = nextStart(pool);
    process.kill(pid as number, 'SIGKILL');
    await replaced;
  }
  isOver = true;
  await Promise.all(loads);
  await until(async () => (await deliveryOf(daemon))?.queued === 0);
  const names = new Set(archived(daemon));
  const missing = [...acknowledged].filter(([id]) => !names.has(`${id}.txt`));
  t.same(missing, [], `${acknowledged.size} things were acknowledged`);
  const torn = [...acknowledged].filter(
    ([id, text]) => fs.readFileSync(join(daemon.folder, 'archive', `${id}.txt`), 'utf8') !== text,
  );
  t.same(torn, []);
  t.match(await deliveryOf(daemon), { failed: 0 });
});

t.test('what fails for now is tried again', async (t) => {
  const command = '[/bin/sh, -c, "exit 75"]';
  const daemon = await start(
    t,
    `  archive: { type: command, command: ${command}, retry: { first: 100ms, longest: 200ms } }`,
  );
  const peer = await dial(t, await daemon.port('drop'));
  peer.say('hello');
  const id = (await peer.answer()).slice(1, 21);
  const isRetry = (line: LogLine): boolean => line.event === 'delivery.retry' && line['attempts'] === 3;
  t.match(await daemon.line(isRetry), { delivery: 'archive', id, reason: /75/ });
  t.match(await deliveryOf(daemon), { queued: 1, delivered: 0, failed: 0 });
  t.match(await daemon.ask({ command: 'delivery-show', id }), {
    item: { id, size: 5 },
    tasks: [{ delivery: 'archive' }],
  });
});

t.test('orders', async (t) => {
  const failing =
    '  archive: { type: command, command: [/bin/false] }\n  other: { type: directory, path: ./other, name: "{id}.txt" }';
  const daemon = await start(t, failing);
  const peer = await dial(t, await daemon.port('drop'));
  for (const text of ['a', 'b', 'c']) peer.say(text);
  const ids: string[] = [];
  for (let at = 0; at < 3; at += 1) ids.push((await peer.answer()).slice(1, 21));
  await until(async () => (await deliveryOf(daemon))?.failed === 3);
  const [first = '', second = '', third = ''] = ids;
  const list = (await daemon.ask({
    command: 'delivery-list',
    delivery: 'archive',
    state: 'failed',
    limit: 2,
  })) as TaskReport[];
  t.equal(list.length, 2);
  t.match(await daemon.ask({ command: 'delivery-show', id: first }), {
    item: { id: first },
    tasks: [{ state: 'failed', attempts: 1 }],
  });
  await t.rejects(daemon.ask({ command: 'delivery-show', id: 'missing' }), {
    code: 1,
    message: 'there is no item missing in the queue',
  });

  t.equal(await daemon.ask({ command: 'delivery-drop', ids: [first], delivery: null }), 1);
  await until(() => !spooled(daemon).includes(first));
  await t.rejects(daemon.ask({ command: 'delivery-replay', ids: [second], delivery: null, to: 'nowhere' }), {
    code: 1,
  });
  t.equal(await daemon.ask({ command: 'delivery-replay', ids: [second], delivery: 'archive', to: 'other' }), 1);
  await until(() => fs.existsSync(join(daemon.folder, 'other', `${second}.txt`)));

  await daemon.change(config(`${archive}\n  other: { type: directory, path: ./other }`));
  t.equal(await daemon.ask({ command: 'delivery-retry', ids: [], delivery: 'archive' }), 2);
  await until(() => archived(daemon).length === 2);
  t.same(archived(daemon).sort(), [`${second}.txt`, `${third}.txt`].sort());
  await until(() => spooled(daemon).length === 0);
  t.equal(
    ((await daemon.ask({ command: 'delivery-list', delivery: null, state: null, limit: 10 })) as ItemReport[]).length,
    0,
  );
});

t.test('a delivery that is taken out of the configuration keeps what waits for it', async (t) => {
  const daemon = await start(t, '  archive: { type: command, command: [/bin/sh, -c, "exit 75"] }');
  const peer = await dial(t, await daemon.port('drop'));
  peer.say('hello');
  t.match(await peer.answer(), /^\+/);
  await daemon.line(({ event }) => event === 'delivery.retry');
  await daemon.change(
    config('  other: { type: directory, path: ./other }').replace('deliver: [archive]', 'deliver: []'),
  );
  t.match(await deliveryOf(daemon), { name: 'archive', type: 'removed', queued: 1 });
  await daemon.change(config(archive));
  await daemon.ask({ command: 'delivery-retry', ids: [], delivery: null });
  await until(() => archived(daemon).length === 1);
});

t.test('a worker of another user writes what the courier reads', canRunAs('daemon'), async (t) => {
  const yaml = config(archive).replace('daemon: {', 'daemon: { user: nobody,');
  const daemon = await startDaemon(t, yaml.replace('    deliver:', '    user: daemon\n    deliver:'), {
    files: { 'drop.mjs': dropModule },
    launcher: ['sh', '-c', 'umask 077; exec "$@"', 'sh'],
  });
  const peer = await dial(t, await daemon.port('drop'));
  peer.say('hello');
  t.match(await peer.answer(), /^\+/);
  t.match(await daemon.line(({ event }) => event?.startsWith('delivery.') === true), { event: 'delivery.done' });
  await until(() => spooled(daemon).length === 0);
});

t.test('below the floor nothing is taken in', async (t) => {
  const daemon = await startDaemon(t, config(archive).replace('spool_free: 1MB', 'spool_free: 1000000GB'), {
    files: { 'drop.mjs': dropModule },
  });
  const peer = await dial(t, await daemon.port('drop'));
  peer.say('hello');
  t.equal(await peer.answer(), '-NoSpaceError hello');
});

t.test('a target that hangs delays only itself', async (t) => {
  const hanging =
    '  archive: { type: command, command: [/bin/sleep, "1000"] }\n  other: { type: directory, path: ./other, name: "{id}.txt" }';
  const daemon = await startDaemon(t, config(hanging).replace('deliver: [archive]', 'deliver: [archive, other]'), {
    files: { 'drop.mjs': dropModule },
  });
  const peer = await dial(t, await daemon.port('drop'));
  for (let at = 0; at < 20; at += 1) peer.say(`thing ${at}`);
  await until(async () => (await deliveryOf(daemon, 'other'))?.delivered === 20);
  t.match(await deliveryOf(daemon), { queued: 20, delivered: 0 });
});
