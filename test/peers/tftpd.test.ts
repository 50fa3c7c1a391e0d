import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needPrograms, needRoot, runPeer } from '../support/peers.ts';

t.test('tftpd-hpa, which wants the bound socket from inetd (wait)', async (t) => {
  const programs = needPrograms(t, 'in.tftpd', 'tftp');
  if (programs === null || !needRoot(t, 'in.tftpd --secure')) return;
  const { 'in.tftpd': tftpd, tftp } = programs;
  const folder = makeFolder(t);
  const [shared, own] = [join(folder, 'shared'), join(folder, 'own')];
  for (const path of [shared, own]) mkdirSync(path);
  chmodSync(shared, 0o777);
  writeFileSync(join(shared, 'boot.cfg'), 'kernel vmlinuz\n');
  const image = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31) % 253));
  writeFileSync(join(shared, 'image.bin'), image);

  const daemon = await startDaemon(
    t,
    `
services:
  tftp:
    type: exec
    listen: udp://127.0.0.1:0
    user: root
    wait: true
    # It goes on for a second, in case somebody else wants something.
    command: [${tftpd}, --timeout, "1", --create, --secure, ${shared}]
`,
  );
  const port = String(await daemon.port('tftp'));
  const run = (...command: string[]) =>
    runPeer(t, [tftp, '-m', 'binary', '127.0.0.1', port, '-c', ...command], { cwd: own });

  await t.test('gives a file', async (t) => {
    const { code, stdout, stderr } = await run('get', 'boot.cfg');
    t.equal(code, 0, stdout + stderr);
    t.equal(readFileSync(join(own, 'boot.cfg'), 'utf8'), 'kernel vmlinuz\n');
  });
  await t.test('ends when nobody wants anything any more', async (t) => {
    const exit = await daemon.line(({ event }) => event === 'program.exit');
    t.match(exit, { service: 'tftp', status: 0, signal: null });
  });
  await t.test('is started again for the next', async (t) => {
    const { stdout, stderr } = await run('get', 'image.bin');
    t.ok(readFileSync(join(own, 'image.bin')).equals(image), stdout + stderr);
  });
  await t.test('takes a file', async (t) => {
    writeFileSync(join(own, 'scan.bin'), image);
    const { stdout, stderr } = await run('put', 'scan.bin');
    t.ok(readFileSync(join(shared, 'scan.bin')).equals(image), stdout + stderr);
  });
  await t.test('answers what is not there', async (t) => {
    const { stdout, stderr } = await run('get', 'missing');
    t.match(stdout + stderr, /Error code 1: File not found/);
  });
});
