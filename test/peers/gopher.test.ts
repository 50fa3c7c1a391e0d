import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';

const text = 'Menus are texts.\n.hidden stays\n';
const binary = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251));

t.test('gopher, for programs of others', async (t) => {
  const root = makeFolder(t, {
    'about.txt': text,
    'photo.gif': binary.toString('latin1'),
    gophermap: 'Welcome\n0About\tabout.txt\n1Elsewhere\t/\texample.org\t70\n*\n',
  });
  const daemon = await startDaemon(
    t,
    `
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
services:
  gopher: { listen: [tcp://127.0.0.1:0, tls://127.0.0.1:0], tls: { certificate: local }, root: ${root} }
`,
  );
  const port = await daemon.port('gopher');

  t.test('curl', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    const menu = await runPeer(t, [curl, '-s', `gopher://127.0.0.1:${port}/`]);
    t.match(menu.stdout, /^iWelcome\t\terror\.host\t1\r\n0About\t\/about\.txt\t127\.0\.0\.1\t\d+\r\n/);
    const about = await runPeer(t, [curl, '-s', `gopher://127.0.0.1:${port}/0/about.txt`]);
    t.equal(about.stdout, 'Menus are texts.\r\n..hidden stays\r\n.\r\n');
    const photo = await runPeer(t, [curl, '-s', `gopher://127.0.0.1:${port}/g/photo.gif`]);
    t.ok(photo.bytes.equals(readFileSync(join(root, 'photo.gif'))));
  });
  t.test('curl, over TLS', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    const tlsPort = await daemon.port('gopher', 1);
    const photo = await runPeer(t, [curl, '-sk', `gophers://127.0.0.1:${tlsPort}/g/photo.gif`]);
    t.ok(photo.bytes.equals(readFileSync(join(root, 'photo.gif'))));
  });
  t.test('lynx', async (t) => {
    const lynx = needProgram(t, 'lynx');
    if (lynx === null) return;
    const menu = await runPeer(t, [lynx, '-dump', `gopher://127.0.0.1:${port}/`]);
    t.match(menu.stdout, /Welcome/);
    t.match(menu.stdout, new RegExp(`gopher://127\\.0\\.0\\.1:${port}/0/about\\.txt`));
    const about = await runPeer(t, [lynx, '-dump', `gopher://127.0.0.1:${port}/0/about.txt`]);
    t.match(about.stdout, /Menus are texts\./);
  });
});
