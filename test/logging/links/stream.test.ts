import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

import t from 'tap';

import type { Link } from '../../../src/logging/link.ts';
import { createStreamTarget, type StreamTargetOptions } from '../../../src/logging/links/stream.ts';

// A log connection keeps no process alive; these tests wait for some.
const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

/** What happens on our side of a connection, in order. */
function dial(options: Partial<StreamTargetOptions> & { port: number }) {
  const opened = Promise.withResolvers<Link>();
  const broke = Promise.withResolvers<Error>();
  const giveUp = createStreamTarget({ host: '127.0.0.1', tls: null, ...options })({
    opened: opened.resolve,
    broke: broke.resolve,
  });
  return { opened: opened.promise, broke: broke.promise, giveUp };
}

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const send = (link: Link, lines: readonly string[]): Promise<[string | null, number]> =>
  new Promise((resolve) => link.send(lines, (error, sent) => resolve([error?.message ?? null, sent])));

async function readAll(socket: net.Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

t.test('lines arrive in order, and closing lets them arrive', async (t) => {
  const server = net.createServer();
  t.teardown(() => server.close());
  const { opened } = dial({ port: await listen(server) });
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const received = readAll(socket);
  const link = await opened;
  t.same(await send(link, ['3 abc', '2 de']), [null, 2]);
  link.sendNow(['1 f']);
  link.close();
  t.equal(await received, '3 abc2 de1 f');
});

t.test('nobody listens', async (t) => {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  t.match(await dial({ port }).broke, { code: 'ECONNREFUSED' });
});

t.test('what the receiver says is not kept, that it leaves is noticed', async (t) => {
  const server = net.createServer((socket) => socket.end('who are you?\r\n'));
  t.teardown(() => server.close());
  t.equal((await dial({ port: await listen(server) }).broke).message, 'the receiver closed the connection');
});

t.test('a receiver that resets a connection in the middle of a line', async (t) => {
  const server = net.createServer({ pauseOnConnect: true });
  t.teardown(() => server.close());
  const { opened, broke } = dial({ port: await listen(server) });
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const link = await opened;
  const sending = send(link, ['x'.repeat(20_000_000)]);
  socket.resetAndDestroy();
  const [error, sent] = await sending;
  t.equal(typeof error, 'string');
  t.equal(sent, 0, 'the lines count as not sent');
  await broke;
});

t.test('a connection can be given up before it is there', async (t) => {
  const server = net.createServer();
  t.teardown(() => server.close());
  const { giveUp, broke } = dial({ port: await listen(server) });
  giveUp();
  await broke;
});

t.test('TLS', { skip: !hasOpenssl() && 'there is no openssl' }, async (t) => {
  const folder = t.testdir({});
  const certificate = makeCertificate(folder);
  const server = tls.createServer(certificate);
  t.teardown(() => server.close());
  const port = await listen(server);

  await t.test('a receiver that can prove who it is gets the lines', async (t) => {
    const { opened } = dial({ port, tls: { ca: path.join(folder, 'cert.pem') } });
    const [socket] = (await once(server, 'secureConnection')) as [tls.TLSSocket];
    const received = readAll(socket);
    const link = await opened;
    t.same(await send(link, ['3 abc']), [null, 1]);
    link.close();
    t.equal(await received, '3 abc');
  });

  await t.test('a receiver that cannot gets nothing', async (t) => {
    t.match(await dial({ port, tls: { ca: null } }).broke, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  await t.test('a certificate for another name is refused', async (t) => {
    const { broke } = dial({ host: 'localhost', port, tls: { ca: path.join(folder, 'cert.pem') } });
    t.match(await broke, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  await t.test('authorities that cannot be read are an outage, not a reason to trust anyone', async (t) => {
    t.match(await dial({ port, tls: { ca: path.join(folder, 'none.pem') } }).broke, { code: 'ENOENT' });
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function makeCertificate(folder: string): { cert: Buffer; key: Buffer } {
  const file = (name: string): string => path.join(folder, name);
  const names = ['-subj', '/CN=log', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', file('key.pem'), '-out', file('cert.pem')], {
    stdio: 'ignore',
  });
  return { cert: fs.readFileSync(file('cert.pem')), key: fs.readFileSync(file('key.pem')) };
}
