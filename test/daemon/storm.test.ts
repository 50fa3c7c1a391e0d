import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import t, { type Test } from 'tap';

import { libc } from '../../src/system/libc.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { dial, type Peer } from '../support/dial.ts';
import { makeFolder, needRoot } from '../support/peers.ts';
import { visit } from './talk.ts';

// What `npm run chaos` does for minutes, in short and with mail alone: it is what nobody sends twice.

/** The last line of the next reply. */
async function reply(peer: Peer): Promise<string> {
  let line = '';
  while (!/^\d{3} [^\n]*\r\n$/.test(line)) {
    if (line.endsWith('\n')) line = '';
    line += (await peer.bytes(1)).toString();
  }
  return line.trimEnd();
}

async function ask(peer: Peer, text: string): Promise<string> {
  await peer.write(`${text}\r\n`);
  return reply(peer);
}

async function enter(peer: Peer): Promise<void> {
  await reply(peer);
  await ask(peer, 'EHLO me');
}

/** Sends a mail and gives the last reply: to the first command that was refused, or to the mail. */
async function send(peer: Peer, body: string): Promise<string> {
  for (const line of ['MAIL FROM:<a@from.example>', 'RCPT TO:<b@to.example>', 'DATA']) {
    const said = await ask(peer, line);
    if (!/^[23]/.test(said)) return said;
  }
  return ask(peer, `Subject: note\r\n\r\n${body}\r\n.`);
}

const config = (archive: string, more: string, edition = 0): string => `
daemon: { spool_free: 1MB, drain_reload: 1m${more} }
logging: { outputs: [{ console: json }] }
deliveries: { archive: { type: directory, path: ${archive}, name: "{id}.eml" } }
services: { mail: { type: smtp, listen: tcp://127.0.0.1:0, deliver: [archive], banner: "${edition}" } }
`;

/** A folder that whoever delivers can write to. */
function archiveFor(t: Test): string {
  const folder = makeFolder(t);
  fs.chmodSync(folder, 0o777);
  return folder;
}

function bodiesIn(folder: string): Set<string> {
  const mails = fs.readdirSync(folder).filter((name) => name.endsWith('.eml'));
  return new Set(
    mails.map((name) => /note\r\n\r\n(.*)\r\n$/.exec(fs.readFileSync(join(folder, name), 'utf8'))?.[1] ?? ''),
  );
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}

interface Postmen {
  /** Mails that got 250. */
  readonly acknowledged: ReadonlySet<string>;
  readonly refused: readonly string[];
  /** Sessions that ended without a word, in the middle of something. */
  cut(): number;
  stop(): Promise<void>;
}

/** Four peers that send one mail after the other, and come again when they are asked to. */
function sendOn(port: number): Postmen {
  const acknowledged = new Set<string>();
  const refused: string[] = [];
  let [isOver, cut, count] = [false, 0, 0];
  const postman = async (): Promise<void> => {
    while (!isOver) {
      const peer = await dial(port).catch((error: Error) => void refused.push(error.message));
      if (peer === undefined) continue;
      try {
        await enter(peer);
        for (let said = '250'; !isOver && said.startsWith('250');) {
          const body = `mail ${(count += 1)}`;
          said = await send(peer, body);
          if (said.startsWith('250')) acknowledged.add(body);
          else if (!said.startsWith('421')) refused.push(said);
        }
      } catch {
        cut += 1;
      } finally {
        peer.reset();
      }
    }
  };
  const all = Array.from({ length: 4 }, postman);
  return {
    acknowledged,
    refused,
    cut: () => cut,
    async stop() {
      isOver = true;
      await Promise.all(all);
    },
  };
}

async function settled(daemon: TestDaemon): Promise<void> {
  await until(async () => (await daemon.status()).deliveries[0]?.queued === 0);
}

t.test('mail over five reloads', async (t) => {
  const archive = archiveFor(t);
  const daemon = await startDaemon(t, config(archive, ', workers: 2'));
  const postmen = sendOn(await daemon.port('mail'));
  for (let edition = 1; edition <= 5; edition += 1) {
    const before = postmen.acknowledged.size;
    await daemon.change(config(archive, ', workers: 2', edition));
    await until(() => postmen.acknowledged.size > before);
  }
  await postmen.stop();
  await settled(daemon);
  t.same(postmen.refused, [], 'nobody was refused');
  t.equal(postmen.cut(), 0, 'nobody was cut off');
  t.same(bodiesIn(archive), postmen.acknowledged);
});

t.test('mail over upgrades', { skip: libc === null ? 'needs node:ffi' : false }, async (t) => {
  const archive = archiveFor(t);
  const daemon = await startDaemon(t, config(archive, ', workers: 2'));
  const postmen = sendOn(await daemon.port('mail'));
  for (let generation = 2; generation <= 3; generation += 1) {
    const before = postmen.acknowledged.size;
    daemon.signal('SIGUSR2');
    await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === generation);
    await until(() => postmen.acknowledged.size > before);
  }
  await postmen.stop();
  await settled(daemon);
  t.same(postmen.refused, []);
  t.equal(postmen.cut(), 0);
  t.same(bodiesIn(archive), postmen.acknowledged);
});

t.test('mail while all processes but the master are killed, one after the other', async (t) => {
  const archive = archiveFor(t);
  const daemon = await startDaemon(t, config(archive, ''));
  const postmen = sendOn(await daemon.port('mail'));
  for (const pool of ['main', '@registry', '@courier', 'main']) {
    const before = postmen.acknowledged.size;
    await until(() => postmen.acknowledged.size >= before + 20);
    const started = daemon.lines.findLast((line) => line.event === 'worker.start' && line['pool'] === pool);
    const replaced = daemon.nextLine((line) => line.event === 'worker.start' && line['pool'] === pool);
    process.kill(started?.['worker'] as number, 'SIGKILL');
    await replaced;
  }
  await postmen.stop();
  await settled(daemon);
  t.same(
    postmen.refused.filter((said) => !said.startsWith('451')),
    [],
    'some are asked to come again, nobody is refused',
  );
  t.ok(postmen.cut() <= 2 * 4, `${postmen.cut()} sessions were lost with their worker`);
  const arrived = bodiesIn(archive);
  t.same(
    [...postmen.acknowledged].filter((body) => !arrived.has(body)),
    [],
    `${postmen.acknowledged.size} mails were acknowledged`,
  );
});

t.test('a disk that is full: mail is put off, and taken when there is room again', async (t) => {
  if (!needRoot(t, 'a small file system')) return;
  const state = makeFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0755', 'tmpfs', state], { stdio: 'pipe' });
  } catch {
    t.plan(0, 'nothing can be mounted here');
    return;
  }
  t.teardown(() => void execFileSync('umount', ['-l', state]));
  const archive = archiveFor(t);
  const daemon = await startDaemon(t, config(archive, `, state: ${state}, runtime: ./var`));
  const peer = await visit(t, await daemon.port('mail'));
  await enter(peer);
  t.match(await send(peer, 'before'), /^250 /);
  fill(join(state, 'filler'));
  t.match(await send(peer, 'meanwhile'), /^45[12] /);
  t.equal(await ask(peer, 'NOOP'), '250 2.0.0 OK', 'the session goes on');
  fs.rmSync(join(state, 'filler'));
  // How much room there is, is looked at now and then.
  let said = '452';
  while (said.startsWith('452')) {
    await ask(peer, 'RSET');
    said = await send(peer, 'after');
  }
  t.match(said, /^250 /);
  await settled(daemon);
  t.same(bodiesIn(archive), new Set(['before', 'after']));
});

/** Until not a byte more fits. */
function fill(path: string): void {
  const file = fs.openSync(path, 'w');
  for (let size = 1 << 20; size > 0;) {
    try {
      fs.writeSync(file, Buffer.alloc(size));
    } catch {
      size >>= 1;
    }
  }
  fs.closeSync(file);
}

t.test('a worker out of descriptors: mail waits or is put off, and none is lost', async (t) => {
  const archive = archiveFor(t);
  const daemon = await startDaemon(t, config(archive, ''), {
    launcher: ['/bin/sh', '-c', 'ulimit -n 96 && exec "$@"', 'sh'],
  });
  const port = await daemon.port('mail');
  const pid = await daemon.workerPid();
  const peers = await Promise.all(Array.from({ length: 120 }, () => visit(t, port)));
  const answers = peers.map(async (peer, number) => {
    await enter(peer);
    let said = await send(peer, `mail ${number}`);
    while (/^45[12]/.test(said)) {
      await ask(peer, 'RSET');
      said = await send(peer, `mail ${number}`);
    }
    // Makes room for one that waits.
    peer.reset();
    return said.slice(0, 3);
  });
  await daemon.line((line) => line.event === 'listener.paused');
  t.same(new Set(await Promise.all(answers)), new Set(['250']), 'all are served in the end');
  await settled(daemon);
  t.same(bodiesIn(archive), new Set(peers.map((_, number) => `mail ${number}`)));
  t.equal(await daemon.workerPid(), pid);
});
