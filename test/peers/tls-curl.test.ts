import { once } from 'node:events';
import { join } from 'node:path';

import t from 'tap';

import { pem } from '../config/pem.ts';
import { acceptorOf, setUp } from '../listeners/tls-stage.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes';

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { port, secured } = await setUp(t, acceptorOf());
  const folder = makeFolder(t, { 'ca.pem': pem.goodCert });
  const get = (url: string, ...args: readonly string[]) =>
    runPeer(t, [curl, '-sS', '--cacert', join(folder, 'ca.pem'), ...args, url]);
  const there = ['--resolve', `good.example:${port}:127.0.0.1`] as const;

  await t.test('is served by the name it asks for, and its offer of h2 is passed over', async (t) => {
    const got = get(`https://good.example:${port}/`, ...there);
    const ours = await secured();
    await once(ours, 'data');
    ours.end(answer);
    t.match(await got, { code: 0, stdout: 'yes', stderr: '' });
    t.equal(ours.alpnProtocol, false);
  });
  await t.test('does not trust a name that is not ours', async (t) => {
    const got = get(`https://strange.example:${port}/`, '--resolve', `strange.example:${port}:127.0.0.1`);
    await secured();
    // CURLE_PEER_FAILED_VERIFICATION
    t.equal((await got).code, 60);
  });
  await t.test('that speaks HTTP to us is told apart', async (t) => {
    const got = get(`http://good.example:${port}/`, ...there);
    await t.rejects(secured(), { message: 'TLS handshake failed: the peer speaks HTTP, not TLS' });
    t.not((await got).code, 0);
  });
});
