import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import echo from '../../../src/services/echo.ts';
import forward from '../../../src/services/forward/index.ts';
import { serve } from '../../support/serve.ts';
import { listen, serveForward } from './stage.ts';

t.test('reaches a unix socket', async (t) => {
  const path = join(t.testdir(), 's');
  const to = await listen(t, (socket) => socket.end('from afar'), path);
  const { peer } = await (await serveForward(t, { to })).connect();
  peer.end();
  t.equal((await peer.rest()).toString(), 'from afar');
});

t.test('looks names up', async (t) => {
  const to = (await listen(t, (socket) => socket.end('hello'))).replace('127.0.0.1', 'localhost');
  const { peer } = await (await serveForward(t, { to })).connect();
  peer.end();
  t.equal((await peer.rest()).toString(), 'hello');
});

t.test('tells the target who the peer is', async (t) => {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const to = await listen(t, resolve);
  const served = await serveForward(t, { to, send_proxy: 'v1' });
  const { peer } = await served.connect();
  await peer.write('hello');
  peer.end();
  const socket = await accepted;
  socket.end();
  t.equal(
    Buffer.concat(await socket.toArray()).toString(),
    `PROXY TCP4 127.0.0.1 127.0.0.1 ${peer.port} ${served.port}\r\nhello`,
  );
});

t.test('says why a target cannot be reached', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const served = await serveForward(t, { to: `tcp://127.0.0.1:${port}` });
  const { peer, ended } = await served.connect();
  await peer.rest().catch(() => {});
  t.equal(await ended, 'error');
  t.match(served.failures, [
    { message: `cannot reach tcp://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}` },
  ]);
});

t.test('does not go round in circles', async (t) => {
  // Only when the port is known it can be named as its own target.
  const free = await serve(echo);
  await free.close();
  const to = { kind: 'tcp', text: 'tcp://localhost:1', host: '127.0.0.1', port: 0, path: '', name: '' } as const;
  const options = { ...(forward.options.parse({ to: 'tcp://127.0.0.1:1' }) as object), to: { ...to } };
  const served = await serve({ ...forward, options: { parse: () => options } as never });
  options.to = { ...to, port: served.port } as never;
  const { peer, ended } = await served.connect();
  await peer.rest().catch(() => {});
  t.equal(await ended, 'error');
  t.match(served.failures, [{ message: 'cannot reach tcp://localhost:1: that is the address it came to' }]);
  await served.close();
});

t.test('waits for a target no longer than connect_timeout, handshake included', async (t) => {
  const to = (await listen(t, (socket) => socket.on('error', () => {}).resume())).replace('tcp:', 'tls:');
  const served = await serveForward(t, { to, connect_timeout: '50ms' });
  const { peer, ended } = await served.connect();
  await peer.rest().catch(() => {});
  t.equal(await ended, 'error');
  t.match(served.failures, [{ message: `cannot reach ${to}: no connection within 50 ms` }]);
});

t.test('gives up when the session ends while it connects', async (t) => {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const to = (await listen(t, (socket) => resolve(socket.on('error', () => {}).resume()))).replace('tcp:', 'tls:');
  const served = await serveForward(t, { to });
  const { peer, session, ended } = await served.connect();
  const socket = await accepted;
  session.abort('drain');
  await once(socket, 'end');
  socket.end();
  await peer.rest();
  peer.end();
  t.equal(await ended, 'drain');
  t.same(served.failures, []);
});

const openssl = hasOpenssl();
t.test('over TLS', { skip: openssl ? false : 'needs openssl' }, async (t) => {
  const folder = t.testdir();
  const ca = join(folder, 'cert.pem');
  makeCertificate(ca, join(folder, 'key.pem'));
  const credentials = { cert: readFileSync(ca), key: readFileSync(join(folder, 'key.pem')) };
  const { to, names } = await listenTls(t, credentials);

  t.test('passes on both ends', async (t) => {
    const served = await serveForward(t, { to, ca, server_name: 'target.example' });
    const { peer, ended } = await served.connect();
    await peer.write('hello');
    peer.end();
    t.equal((await peer.rest()).toString(), 'you said hello');
    t.equal(await ended, 'end');
    t.equal(names.at(-1), 'target.example');
  });
  t.test('refuses a certificate that is not to be trusted, or another name', async (t) => {
    const table = [
      [{ to }, /^cannot reach tls:.*: (self-signed certificate|Hostname)/],
      [{ to, ca }, /^cannot reach tls:.*: Hostname\/IP does not match/],
      [{ to, ca, server_name: 'other.example' }, /^cannot reach tls:.*: Hostname\/IP does not match/],
    ] as const;
    for (const [options, message] of table) {
      const served = await serveForward(t, options);
      const { peer, ended } = await served.connect();
      await peer.rest().catch(() => {});
      t.equal(await ended, 'error');
      t.match(served.failures, [{ message }]);
    }
  });
  t.test('takes any certificate when told to', async (t) => {
    const { peer } = await (await serveForward(t, { to, verify: false })).connect();
    peer.end();
    t.equal((await peer.rest()).toString(), 'you said ');
  });
});

async function listenTls(t: Test, credentials: object): Promise<{ to: string; names: (string | false | null)[] }> {
  const names: (string | false | null)[] = [];
  const server = createTlsServer({ ...credentials, allowHalfOpen: true }, (socket: TLSSocket) => {
    names.push(socket.servername);
    let said = '';
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    socket.on('end', () => socket.end(`you said ${said}`));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { to: `tls://127.0.0.1:${(server.address() as AddressInfo).port}`, names };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function makeCertificate(cert: string, key: string): void {
  const subject = ['-subj', '/CN=target.example', '-addext', 'subjectAltName=DNS:target.example'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-out', cert, '-keyout', key], { stdio: 'ignore' });
}
