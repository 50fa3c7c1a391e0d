import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import type { DataConnection } from '../../src/contract/data-connection.ts';
import { PeerError } from '../../src/contract/errors.ts';
import { dial, type Peer } from '../support/dial.ts';
import { acceptor, dataStage, type DataStage } from './data-stage.ts';

const never = new AbortController().signal;

async function connected(t: Test, stage: DataStage): Promise<{ data: DataConnection; far: Peer }> {
  const port = await stage.session.data.openPort(null);
  const far = await dial(port.local.port);
  const data = await port.accept({ timeoutMs: 30_000, signal: never });
  t.teardown(() => void far.socket.destroy());
  return { data, far };
}

async function received(data: DataConnection): Promise<Buffer> {
  const parts: Buffer[] = [];
  await data.receive(async (chunk) => void parts.push(Buffer.from(chunk)), never);
  return Buffer.concat(parts);
}

/** Bytes of which no two kilobytes are alike. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 512) bytes.writeUInt32LE(at, at);
  return bytes;
}

t.test('receives all that comes, in the right order, counted with the session', async (t) => {
  const stage = await dataStage(t);
  const { data, far } = await connected(t, stage);
  const sent = pattern(5_000_000);
  const [got] = await Promise.all([received(data), far.write(sent).then(() => far.end())]);
  t.ok(got.equals(sent));
  await data.end();
  t.same(stage.session.bytes, { in: 5_000_000, out: 0 });
  t.equal(data.moved, 5_000_000);
  t.equal(data.isCut, false);
  await far.rest();
  await data[Symbol.asyncDispose]();
  t.same(stage.session.bytes, { in: 5_000_000, out: 0 });
});

t.test('a chunk is not used again before it is taken', async (t) => {
  const { data, far } = await connected(t, await dataStage(t));
  const sent = pattern(3_000_000);
  const parts: Buffer[] = [];
  let isTaking = false;
  const receiving = data.receive(async (chunk) => {
    t.equal(isTaking, false);
    isTaking = true;
    await new Promise((resolve) => setImmediate(resolve));
    parts.push(Buffer.from(chunk));
    isTaking = false;
  }, never);
  await far.write(sent);
  far.end();
  await receiving;
  t.ok(Buffer.concat(parts).equals(sent));
});

t.test('an empty file is a file', async (t) => {
  const { data, far } = await connected(t, await dataStage(t));
  far.end();
  t.equal((await received(data)).length, 0);
});

t.test('a reset is no end', async (t) => {
  const { data, far } = await connected(t, await dataStage(t));
  const receiving = received(data);
  await far.write('half');
  far.reset();
  await t.rejects(receiving, { code: 'ECONNRESET' });
  await data[Symbol.asyncDispose]();
});

t.test('what takes the chunks may fail, and is never called again', async (t) => {
  const { data, far } = await connected(t, await dataStage(t));
  let calls = 0;
  const receiving = data.receive(async () => {
    calls += 1;
    throw new Error('the disk is full');
  }, never);
  await far.write(pattern(10_000));
  await t.rejects(receiving, { message: 'the disk is full' });
  t.equal(calls, 1);
  await data[Symbol.asyncDispose]();
});

t.test('a signal ends the receiving with its reason', async (t) => {
  const { data } = await connected(t, await dataStage(t));
  const controller = new AbortController();
  const receiving = data.receive(async () => {}, controller.signal);
  controller.abort('asked');
  t.equal(await receiving.catch((reason: unknown) => reason), 'asked');
  t.equal(await data.receive(async () => {}, controller.signal).catch((reason: unknown) => reason), 'asked');
  await data[Symbol.asyncDispose]();
});

t.test('sends a file, and ends', async (t) => {
  const stage = await dataStage(t);
  const { data, far } = await connected(t, stage);
  const sent = pattern(3_000_000);
  const file = join(t.testdir(), 'file');
  fs.writeFileSync(file, sent);
  const fd = fs.openSync(file, 'r');
  const [got] = await Promise.all([
    far.rest(),
    (async () => {
      await data.sendFile({ fd, offset: 1_000, length: 2_000_000 });
      await data.end();
      await data[Symbol.asyncDispose]();
    })(),
  ]);
  fs.closeSync(fd);
  t.ok(got.equals(sent.subarray(1_000, 2_001_000)));
  t.same(stage.session.bytes, { in: 0, out: 2_000_000 });
  t.equal(data.moved, 2_000_000);
});

t.test('who is cut off while being sent something gets a reset', async (t) => {
  const { data, far } = await connected(t, await dataStage(t));
  data.stream.write('half');
  await far.bytes(4);
  const failed = once(far.socket, 'error');
  await data[Symbol.asyncDispose]();
  far.socket.resume();
  t.match(await failed, [{ code: 'ECONNRESET' }]);
});

t.test('the end of the session ends it, and a port that waits', async (t) => {
  const stage = await dataStage(t);
  const { data, far } = await connected(t, stage);
  const port = await stage.session.data.openPort(null);
  const receiving = received(data);
  stage.session.terminate('kick');
  await t.rejects(receiving, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  t.equal((await far.rest()).length, 0);
  await t.rejects(dial(port.local.port), { code: 'ECONNREFUSED' });
  t.equal(await stage.session.data.openPort(null).catch((reason: unknown) => reason), 'kick');
  t.equal(await stage.session.data.connect(port.local.port, 1_000).catch((reason: unknown) => reason), 'kick');
});

t.test('a session has one port that waits: the next takes its place', async (t) => {
  const { session } = await dataStage(t);
  const one = await session.data.openPort(null);
  const two = await session.data.openPort(null);
  await t.rejects(dial(one.local.port), { code: 'ECONNREFUSED' });
  const far = await dial(two.local.port);
  await using data = await two.accept({ timeoutMs: 30_000, signal: never });
  t.equal(data.peer.port, far.port);
  far.socket.destroy();
});

t.test('what moves on it keeps the session from being idle', async (t) => {
  const stage = await dataStage(t, { idleMs: 60_000 });
  const { data, far } = await connected(t, stage);
  const now = performance.now();
  stage.session.lookForLife(now);
  await far.write('a');
  await new Promise<void>((resolve) => void data.receive(async () => resolve(), never).catch(() => {}));
  stage.session.lookForLife(now + 70_000);
  t.equal(stage.session.isAborted, false);
  stage.session.lookForLife(now + 140_000);
  t.equal(stage.session.isAborted, true);
});

t.test('connects to a port of the peer, from the address it came to', async (t) => {
  const { session } = await dataStage(t);
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const arrival = once(server, 'connection') as Promise<[Socket]>;
  await using data = await session.data.connect(port, 30_000);
  const [far] = await arrival;
  t.same(data.peer, { address: '127.0.0.1', port, family: 'IPv4' });
  t.equal(far.remoteAddress, '127.0.0.1');
  far.end('hello');
  t.equal((await received(data)).toString(), 'hello');
  far.destroy();
});

t.test('a port where nobody answers is the peer’s fault', async (t) => {
  const { session } = await dataStage(t);
  const port = await session.data.openPort(null);
  port[Symbol.dispose]();
  await t.rejects(session.data.connect(port.local.port, 30_000), PeerError);
});

// TLS

async function secured(
  t: Test,
  stage: DataStage,
  options: tls.ConnectionOptions = {},
  mustResume = false,
): Promise<{ data: DataConnection; far: TLSSocket; raw: Socket; started: Promise<void> }> {
  const { data, far } = await connected(t, stage);
  const started = data.startTls({ mustResume });
  started.catch(() => {});
  const secure = tls.connect({ socket: far.socket, rejectUnauthorized: false, servername: 'good.example', ...options });
  secure.on('error', () => {});
  await once(secure, 'secureConnect');
  return { data, far: secure, raw: far.socket, started };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version } as const;

  t.test(`${version}: receives, and tells a real end from a cut one`, async (t) => {
    const stage = await dataStage(t, { tls: acceptor() });
    const sent = pattern(3_000_000);
    for (const isCut of [false, true]) {
      const { data, far, raw, started } = await secured(t, stage, only);
      await started;
      t.match(data.tls, { protocol: version, isResumed: false });
      const receiving = received(data);
      await new Promise((resolve) => far.write(sent, resolve));
      if (isCut) raw.end();
      else far.end();
      t.ok((await receiving).equals(sent));
      t.equal(data.isCut, isCut);
      t.equal(data.moved, 3_000_000);
      await data.end();
      await data[Symbol.asyncDispose]();
    }
    t.same(stage.session.bytes, { in: 6_000_000, out: 0 });
  });

  t.test(`${version}: what came before it was asked for is there`, async (t) => {
    const stage = await dataStage(t, { tls: acceptor() });
    const { data, far, started } = await secured(t, stage, only);
    await Promise.all([started, new Promise<void>((resolve) => far.end('all of it', resolve))]);
    t.equal((await received(data)).toString(), 'all of it');
    t.equal(data.isCut, false);
    await data[Symbol.asyncDispose]();
  });

  t.test(`${version}: sends a file, and ends TLS before the connection`, async (t) => {
    const stage = await dataStage(t, { tls: acceptor() });
    const { data, far, started } = await secured(t, stage, only);
    await started;
    const sent = pattern(2_000_000);
    const file = join(t.testdir(), 'file');
    fs.writeFileSync(file, sent);
    const fd = fs.openSync(file, 'r');
    const parts: Buffer[] = [];
    far.on('data', (chunk: Buffer) => void parts.push(chunk));
    await Promise.all([
      once(far, 'end'),
      (async () => {
        await data.sendFile({ fd, offset: 0, length: sent.length });
        await data.end();
        await data[Symbol.asyncDispose]();
      })(),
    ]);
    fs.closeSync(fd);
    t.ok(Buffer.concat(parts).equals(sent));
    t.same(stage.session.bytes, { in: 0, out: 2_000_000 });
  });

  t.test(`${version}: a session can have to be used again`, async (t) => {
    const stage = await dataStage(t, { tls: acceptor() });
    const first = await secured(t, stage, only, true);
    // Tickets of TLS 1.3 come after the handshake.
    let session: Buffer | undefined = first.far.getSession();
    first.far.on('session', (ticket: Buffer) => void (session = ticket));
    await t.rejects(first.started, new PeerError('the TLS session of the control connection was not used again'));
    await once(first.far.resume(), 'end');
    const { data, far, started } = await secured(t, stage, { ...only, ...(session && { session }) }, true);
    await started;
    t.equal(far.isSessionReused(), true);
    t.match(data.tls, { isResumed: true });
    await data[Symbol.asyncDispose]();
  });
}

t.test('a handshake that fails is the peer’s fault, and closes the connection', async (t) => {
  const stage = await dataStage(t, { tls: acceptor() });
  const { data, far } = await connected(t, stage);
  const started = data.startTls({ mustResume: false });
  started.catch(() => {});
  await far.write('this is no TLS\r\n');
  await t.rejects(started, PeerError);
  await far.rest();
});

t.test('without a certificate there is no TLS', async (t) => {
  const { data } = await connected(t, await dataStage(t));
  await t.rejects(data.startTls({ mustResume: false }), { message: 'there is no certificate for data connections' });
  await data[Symbol.asyncDispose]();
});
