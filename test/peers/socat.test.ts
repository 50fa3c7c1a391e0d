import { join } from 'node:path';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { linesOf, makeCertificates, makeFolder, needPrograms, runPeer, startPeer } from '../support/peers.ts';

t.test('socat on every kind of address', async (t) => {
  const programs = needPrograms(t, 'socat', 'openssl');
  if (programs === null) return;
  const { socat, openssl } = programs;
  const folder = makeFolder(t);
  const { ca, cert, key } = await makeCertificates(t, openssl, folder);
  const path = join(folder, 'echo.sock');
  const daemon = await startDaemon(
    t,
    `
certificates:
  default: { cert: ${cert}, key: ${key} }
services:
  echo:
    listen:
      - tcp://127.0.0.1:0
      - udp://127.0.0.1:0
      - tls://127.0.0.1:0
      - { address: "unix:${path}", mode: "0600" }
`,
  );
  const [tcp, udp, tls] = [
    await daemon.port('echo', 0),
    await daemon.port('echo', 1),
    await daemon.port('echo', 2),
  ] as const;
  for (const address of [
    `TCP:127.0.0.1:${tcp}`,
    `TCP:127.0.0.1:${tcp},nodelay,keepalive`,
    `OPENSSL:127.0.0.1:${tls},cafile=${ca}`,
    `OPENSSL:localhost:${tls},pf=ip4,cafile=${ca},openssl-max-proto-version=TLS1.2`,
    `UNIX-CONNECT:${path}`,
  ]) {
    await t.test(address.replace(/:.*/, ''), async (t) => {
      // It waits for the other direction after its standard input has ended.
      const { code, stdout, stderr } = await runPeer(t, [socat, '-t', '20', '-', address], { input: 'hello\n' });
      t.equal(code, 0, stderr);
      t.equal(stdout, 'hello\n');
    });
  }
  await t.test('UDP', async (t) => {
    const peer = startPeer(t, [socat, '-', `UDP:127.0.0.1:${udp}`]);
    peer.write('one\n');
    t.ok(await peer.says(/^one\n$/));
    peer.write('two\n');
    t.ok(await peer.says(/^one\ntwo\n$/));
  });
  await t.test('each left a line that tells where it came from', async (t) => {
    const overNetwork = { peer: /^127\.0\.0\.1:\d+$/, reason: 'end' };
    t.match(await linesOf(daemon, 'session.end', 5), [
      ...Array.from({ length: 4 }, () => overNetwork),
      { peer: 'unix', reason: 'end' },
    ]);
  });
});
