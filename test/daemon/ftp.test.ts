import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { connected, talkOver, type Talk } from '../services/ftp/stage.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { needRoot } from '../support/peers.ts';
import { accountsOf } from './logins.ts';

const config = `accounts: ./accounts.yaml
logging: { outputs: [{ console: json }] }
daemon: { spool_free: 1MB }
deliveries: { archive: { type: directory, path: ./archive, name: "{id}-{name}" } }
services:
  ftp: { listen: tcp://127.0.0.1:0, anonymous: { root: ./public, write: true } }
  drop: { type: ftp, listen: tcp://127.0.0.1:0, deliver: [archive] }
  full: { type: ftp, listen: tcp://127.0.0.1:0, root: ./full }
`;

async function start(t: Test): Promise<TestDaemon> {
  return startDaemon(t, config, { files: { 'accounts.yaml': await accountsOf({ alice: 'sesame' }) } });
}

/** A folder that workers of any identity can write to. */
function makeRoot(daemon: TestDaemon, name: string): string {
  const folder = join(daemon.folder, name);
  // The master may have made it already.
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o777);
  return folder;
}

async function enter(t: Test, port: number, name = 'alice'): Promise<Talk> {
  const talk = talkOver(await connected(port));
  t.teardown(() => void talk.socket.destroy());
  await talk.reply();
  await talk.ask(`USER ${name}`);
  const last = await talk.ask('PASS sesame');
  if (!last.startsWith('230')) throw new Error(last);
  await talk.ask('TYPE I');
  return talk;
}

t.test('what got 226 is there after kill -9, and nothing else', async (t) => {
  const daemon = await start(t);
  const port = await daemon.port('drop');
  const acknowledged = new Set<string>();
  const upload = async (peer: number): Promise<void> => {
    const talk = await enter(t, port);
    for (let number = 0; ; number += 1) {
      const name = `${peer}-${number}`;
      if ((await talk.store(`STOR ${name}`, name.repeat(5000))).startsWith('226')) acknowledged.add(name);
    }
  };
  const uploads = Array.from({ length: 8 }, (_, peer) => upload(peer).catch(() => {}));
  const pid = await daemon.workerPid();
  while (acknowledged.size < 40) await new Promise(setImmediate);
  process.kill(pid, 'SIGKILL');
  await Promise.all(uploads);

  const home = join(daemon.folder, 'var/home/alice');
  for (const name of acknowledged) {
    if (fs.readFileSync(join(home, name), 'utf8') !== name.repeat(5000)) t.fail(`${name} is not whole`);
  }
  // Who comes next sees whole files alone; a file that was in its place, but not acknowledged yet, is one of them.
  const talk = await enter(t, port);
  const shown = (await talk.fetch('MLSD')).toString().trimEnd().split('\r\n');
  for (const line of shown) {
    const [, size, name = ''] = /;size=(\d+);.* (\S+)$/.exec(line) ?? [];
    if (Number(size) !== name.length * 5000) t.fail(`half a file is shown: ${line}`);
  }
  t.ok(shown.length >= acknowledged.size);
  const staging = join(home, '.portico-incoming');
  t.same(fs.existsSync(staging) ? fs.readdirSync(staging) : [], [], 'what was under way is swept');

  await t.test('and with the deliveries', async (t) => {
    const delivered = (): Set<string> =>
      new Set(fs.readdirSync(join(daemon.folder, 'archive')).map((name) => name.slice(name.indexOf('-') + 1)));
    await daemon.line(({ event }) => event === 'delivery.done');
    while ([...acknowledged].some((name) => !delivered().has(name))) await new Promise((go) => setTimeout(go, 20));
    t.pass('all have come');
  });
});

t.test('200 sessions at once', async (t) => {
  const daemon = await start(t);
  makeRoot(daemon, 'public');
  const port = await daemon.port('ftp');
  const talks: Talk[] = [];
  for (let at = 0; at < 200; at += 20) {
    talks.push(...(await Promise.all(Array.from({ length: 20 }, () => enter(t, port, 'anonymous')))));
  }
  const text = 'x'.repeat(100_000);
  const stored = await Promise.all(talks.map((talk, number) => talk.store(`STOR ${number}`, text)));
  t.same(new Set(stored), new Set(['226 All is taken and on disk']));
  const fetched = await Promise.all(talks.map((talk, number) => talk.fetch(`RETR ${199 - number}`)));
  t.same(new Set(fetched.map(String)), new Set([text]));
  t.same(new Set(await Promise.all(talks.map((talk) => talk.ask('QUIT')))), new Set(['221 Bye']));
});

t.test('a disk that is full', async (t) => {
  if (!needRoot(t, 'a small file system')) return;
  const daemon = await start(t);
  const full = makeRoot(daemon, 'full');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0777', 'tmpfs', full], { stdio: 'pipe' });
  } catch {
    t.plan(0, 'nothing can be mounted here');
    return;
  }
  t.teardown(() => void execFileSync('umount', ['-l', full]));
  const talk = await enter(t, await daemon.port('full'));
  t.match(await talk.store('STOR small', Buffer.alloc(1000)), /^226 /);
  t.match(await talk.store('STOR large', Buffer.alloc(8 << 20)), /^452 /);
  t.match((await talk.fetch('NLST')).toString(), 'small\r\n');
  t.match(await talk.store('STOR again', Buffer.alloc(1000)), /^226 /);
});

t.test('a session goes on over a reload, and through its transfer', async (t) => {
  const daemon = await start(t);
  const talk = await enter(t, await daemon.port('ftp'));
  const data = await talk.dataConnection();
  t.match(await talk.ask('STOR a'), /^150 /);
  data.resume().write('one');
  await daemon.change(config.replace('./full', './other'));
  data.end('two');
  t.match(await talk.reply(), /^226 /);
  t.equal((await talk.fetch('RETR a')).toString(), 'onetwo');
  talk.socket.destroy();
  await once(talk.socket, 'close');
});
