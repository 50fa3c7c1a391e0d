import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder } from '../support/peers.ts';
import { ack, data, describePacket, openPeer, request } from '../support/tftp.ts';

// Transfers through one port, with several workers on it: a packet comes to any of them.

function config(root: string, more = ''): string {
  return `
daemon: { workers: 2 }
services:
  tftp: { listen: udp://127.0.0.1:0, root: ${root}, write: true, overwrite: true, single_port: true${more} }
`;
}

async function open(t: Test) {
  const root = join(makeFolder(t), 'boot');
  mkdirSync(root);
  // Root's workers are somebody else.
  if (process.getuid?.() === 0) await import('node:fs').then(({ chmodSync }) => chmodSync(root, 0o777));
  const daemon = await startDaemon(t, config(root));
  const port = await daemon.port('tftp');
  return { root, daemon, port };
}

/** Fetches a file block by block; `between` runs before each acknowledgement. */
async function fetchFile(
  t: Test,
  port: number,
  name: string,
  between: (block: number) => Promise<void> | void,
): Promise<string> {
  const peer = await openPeer(t);
  let text = '';
  peer.send(request('read', name), port);
  for (let block = 1; ; block += 1) {
    let heard = await peer.receive();
    // On a busy machine one that was acknowledged late comes again.
    while (heard?.packet[1] === 3 && heard.packet.readUInt16BE(2) < block) heard = await peer.receive();
    if (heard === null || heard.packet.readUInt16BE(2) !== block || heard.packet[1] !== 3)
      throw new Error(`expected block ${block}, got ${describePacket(heard?.packet)}`);
    text += heard.packet.toString('utf8', 4);
    await between(block);
    peer.send(ack(block), port);
    if (heard.packet.length < 516) return text;
  }
}

t.test('files both ways, whichever worker reads', async (t) => {
  const { root, port } = await open(t);
  const text = Array.from({ length: 3_000 }, (_, line) => `line ${line}\n`).join('');
  writeFileSync(join(root, 'text'), text);
  const fetched = await Promise.all(Array.from({ length: 8 }, () => fetchFile(t, port, 'text', () => {})));
  for (const each of fetched) t.equal(each === text, true);

  const peer = await openPeer(t);
  peer.send(request('write', 'up'), port);
  t.equal(describePacket((await peer.receive())?.packet), 'ACK 0');
  for (let block = 1; block <= 40; block += 1) {
    peer.send(data(block, text.slice((block - 1) * 512, block * 512)), port);
    t.equal(describePacket((await peer.receive())?.packet), `ACK ${block}`);
  }
  peer.send(data(41, 'end'), port);
  t.equal(describePacket((await peer.receive())?.packet), 'ACK 41');
  t.equal(readFileSync(join(root, 'up'), 'utf8'), `${text.slice(0, 40 * 512)}end`);
});

t.test('a transfer goes on over a reload', async (t) => {
  const { root, daemon, port } = await open(t);
  const text = 'x'.repeat(512 * 60);
  writeFileSync(join(root, 'text'), text);
  const fetched = await fetchFile(t, port, 'text', async (block) => {
    if (block === 3) await daemon.change(config(root, ', transfers: 7'));
  });
  t.equal(fetched === text, true);
  t.equal((await daemon.status()).generation, 2);
  t.equal((await fetchFile(t, port, 'text', () => {})) === text, true, 'and others begin');
});

t.test('who asks while the daemon stops is told nothing, and what is on the way ends', async (t) => {
  const { root, daemon, port } = await open(t);
  writeFileSync(join(root, 'text'), 'x'.repeat(2_000));
  const fetched = await fetchFile(t, port, 'text', (block) => {
    if (block === 1) daemon.signal('SIGTERM');
  });
  t.equal(fetched.length, 2_000);
  t.match(await daemon.exited, { code: 0 });
});
