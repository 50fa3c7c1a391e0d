import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { linesOf, makeFolder, needProgram, runPeer } from '../support/peers.ts';
import { openLossyWay } from '../support/tftp.ts';

// TFTP with programs of others. Every byte of a file tells where it stands.

function patterned(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  bytes.fill(7, length - (length % 4));
  return bytes;
}

for (const singlePort of [false, true]) {
  t.test(singlePort ? 'on one port' : 'on ports of their own', async (t) => {
    const folder = makeFolder(t);
    const [root, own] = [join(folder, 'boot'), join(folder, 'own')];
    for (const path of [root, own]) mkdirSync(path, { mode: 0o777 });
    const files = {
      'pxelinux.0': patterned(42_000),
      empty: Buffer.alloc(0),
      blocks: patterned(512 * 8),
      // Block numbers of 512 bytes go round after 32 MiB.
      'initrd.img': patterned(singlePort ? (2 << 20) + 700 : (32 << 20) + 700),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
    const daemon = await startDaemon(
      t,
      `
daemon:
  user: root
services:
  tftp:
    listen: udp://127.0.0.1:0
    root: ${root}
    write: true
    single_port: ${singlePort}
`.replace(process.getuid?.() === 0 ? '' : 'daemon:\n  user: root\n', ''),
    );
    const port = await daemon.port('tftp');
    const isSame = (name: string, bytes: Buffer): boolean => readFileSync(join(own, name)).equals(bytes);

    t.test('tftp-hpa', async (t) => {
      const tftp = needProgram(t, 'tftp');
      if (tftp === null) return;
      const run = (to: number, ...command: string[]) =>
        runPeer(t, [tftp, '-m', 'binary', '127.0.0.1', String(to), '-c', ...command], { cwd: own });
      for (const [name, bytes] of Object.entries(files)) {
        const { stdout, stderr } = await run(port, 'get', name);
        t.ok(isSame(name, bytes), `${name} ${stdout}${stderr}`);
      }
      const { stdout } = await run(port, 'get', 'missing');
      t.match(stdout, /Error code 1: File not found/);
      writeFileSync(join(own, 'hpa.bin'), files['initrd.img']);
      const put = await run(port, 'put', 'hpa.bin');
      t.ok(readFileSync(join(root, 'hpa.bin')).equals(files['initrd.img']), put.stdout);
      const again = await run(port, 'put', 'hpa.bin');
      t.match(again.stdout, /Error code 6: File already exists/);
    });
    t.test('atftp, with options', async (t) => {
      const atftp = needProgram(t, 'atftp');
      if (atftp === null) return;
      const run = (to: number, ...args: string[]) =>
        runPeer(t, [atftp, ...args, '127.0.0.1', String(to)], { cwd: own });
      const options = [
        '--option',
        'blksize 1428',
        '--option',
        'tsize 0',
        '--option',
        'timeout 2',
        '--option',
        'windowsize 16',
      ];
      const got = await run(port, ...options, '-g', '-r', 'initrd.img', '-l', 'a.img');
      t.ok(isSame('a.img', files['initrd.img']), got.stderr);
      const put = await run(port, '--option', 'blksize 8192', '-p', '-l', 'a.img', '-r', 'atftp.img');
      t.ok(readFileSync(join(root, 'atftp.img')).equals(files['initrd.img']), put.stderr);
    });
    t.test('atftp, over a network that loses packets', async (t) => {
      const atftp = needProgram(t, 'atftp');
      if (atftp === null) return;
      const way = await openLossyWay(t, port, 20);
      const run = (...args: string[]) => runPeer(t, [atftp, ...args, '127.0.0.1', String(way.port)], { cwd: own });
      // It asks again after a second, and so do we.
      const options = ['--option', 'timeout 1', '--option', 'blksize 4096'];
      const got = await run(...options, '-g', '-r', 'pxelinux.0', '-l', 'lossy.0');
      t.ok(isSame('lossy.0', files['pxelinux.0']), got.stderr);
      await run(...options, '-p', '-l', 'lossy.0', '-r', 'lossy.0');
      t.ok(readFileSync(join(root, 'lossy.0')).equals(files['pxelinux.0']));
      t.ok(way.lost() > 0, `${way.lost()} packets were lost`);
    });
    t.test('curl', async (t) => {
      const curl = needProgram(t, 'curl');
      if (curl === null) return;
      const { bytes } = await runPeer(t, [curl, '-s', `tftp://127.0.0.1:${port}/pxelinux.0`]);
      t.ok(bytes.equals(files['pxelinux.0']));
      const large = await runPeer(t, [curl, '-s', '--tftp-blksize', '65464', `tftp://127.0.0.1:${port}/initrd.img`]);
      t.ok(large.bytes.equals(files['initrd.img']));
      const text = 'one\ntwo\n';
      await runPeer(t, [curl, '-s', '-T', '-', `tftp://127.0.0.1:${port}/curl.txt`], { input: text });
      t.equal(readFileSync(join(root, 'curl.txt'), 'utf8'), text);
      t.equal((await runPeer(t, [curl, '-s', `tftp://127.0.0.1:${port}/missing`])).code, 68);
    });
    t.test('busybox', async (t) => {
      const busybox = needProgram(t, 'busybox');
      if (busybox === null) return;
      const run = (...args: string[]) =>
        runPeer(t, [busybox, 'tftp', ...args, '127.0.0.1', String(port)], { cwd: own });
      const got = await run('-b', '1428', '-g', '-r', 'pxelinux.0', '-l', 'b.0');
      t.ok(isSame('b.0', files['pxelinux.0']), got.stderr);
      await run('-b', '1428', '-p', '-l', 'b.0', '-r', 'busybox.0');
      t.ok(readFileSync(join(root, 'busybox.0')).equals(files['pxelinux.0']));
    });
    t.test('leaves a line for each file that came', async (t) => {
      const [first] = await linesOf(daemon, 'item.received', 1);
      t.match(first, { service: 'tftp', name: String, size: Number, peer: /^127\.0\.0\.1:/, session: /^\w{12}$/ });
    });
  });
}
