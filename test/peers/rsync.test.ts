import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { linesOf, makeFolder, needProgram, runPeer } from '../support/peers.ts';

t.test('rsync --daemon, as rsyncd.conf(5) wants it from inetd', async (t) => {
  const rsync = needProgram(t, 'rsync');
  if (rsync === null) return;
  const folder = makeFolder(t, { 'rsyncd.conf': 'use chroot = no\nmunge symlinks = no\n' });
  const inside = (path: string): string => join(folder, path);
  for (const name of ['public', 'incoming', 'local', 'copy']) mkdirSync(inside(name));
  // Programs that a daemon of root starts run as nobody.
  chmodSync(inside('incoming'), 0o777);
  writeFileSync(
    inside('rsyncd.conf'),
    `use chroot = no
log file = /dev/null
[public]
  comment = to read
  path = ${inside('public')}
[incoming]
  comment = to write
  path = ${inside('incoming')}
  read only = no
`,
  );
  const big = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7919) % 251));
  writeFileSync(inside('public/hello.txt'), 'hello\n');
  writeFileSync(inside('public/big.bin'), big);
  writeFileSync(inside('local/report.txt'), 'report\n');
  writeFileSync(inside('local/big.bin'), big);

  const daemon = await startDaemon(
    t,
    `
services:
  rsync:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [${rsync}, --daemon, --config=${inside('rsyncd.conf')}]
`,
  );
  const url = `rsync://127.0.0.1:${await daemon.port('rsync')}`;
  const run = (...args: string[]) => runPeer(t, [rsync, ...args]);

  await t.test('lists its modules', async (t) => {
    const { code, stdout, stderr } = await run(`${url}/`);
    t.equal(code, 0, stderr);
    t.equal(stdout, 'public         \tto read\nincoming       \tto write\n');
  });
  await t.test('is copied from', async (t) => {
    const { code, stderr } = await run('-r', `${url}/public/`, inside('copy'));
    t.equal(code, 0, stderr);
    t.same(readdirSync(inside('copy')).sort(), ['big.bin', 'hello.txt']);
    t.ok(readFileSync(inside('copy/big.bin')).equals(big));
  });
  await t.test('is copied to', async (t) => {
    const { code, stderr } = await run('-r', `${inside('local')}/`, `${url}/incoming/`);
    t.equal(code, 0, stderr);
    t.equal(readFileSync(inside('incoming/report.txt'), 'utf8'), 'report\n');
    t.ok(readFileSync(inside('incoming/big.bin')).equals(big));
  });
  await t.test('does not take what it shall not', async (t) => {
    const { code, stderr } = await run('-r', `${inside('local')}/`, `${url}/public/`);
    t.not(code, 0);
    t.match(stderr, /module is read only/);
    t.same(readdirSync(inside('public')).sort(), ['big.bin', 'hello.txt']);
  });
  await t.test('ends with each connection', async (t) => {
    const exits = await linesOf(daemon, 'program.exit', 3);
    // rsync ends a listing with -1, whoever started it.
    t.same(
      exits.map(({ status }) => status),
      [255, 0, 0],
    );
  });
});
