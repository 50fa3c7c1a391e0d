import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { mock } from 'node:test';
import tls, { type ConnectionOptions } from 'node:tls';

import t, { type Test } from 'tap';

import { parseClientHello, peekClientHello } from '../../src/listeners/tls-client-hello.ts';
import { closed } from './tls-stage.ts';

/** What Node says first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const said = Promise.withResolvers<Buffer>();
  const wire = new Duplex({ read() {}, write: (chunk: Buffer) => said.resolve(chunk) });
  const socket = tls.connect({ socket: wire, ...options });
  socket.on('error', () => {});
  const hello = await said.promise;
  socket.destroy();
  return hello;
}

const u8 = (body: Buffer): Buffer => Buffer.concat([Buffer.from([body.length]), body]);
const u16 = (body: Buffer): Buffer => Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
const u24 = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0, body.length >> 8, body.length & 255]), body]);
const extension = (kind: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([0, kind]), u16(body)]);
const serverName = (name: string, kind = 0): Buffer =>
  extension(0, u16(Buffer.concat([Buffer.from([kind]), u16(Buffer.from(name))])));
const alpn = (...protocols: readonly string[]): Buffer =>
  extension(16, u16(Buffer.concat(protocols.map((protocol) => u8(Buffer.from(protocol))))));

function bodyOf(extensions: Buffer | null): Buffer {
  const start = [
    Buffer.from([3, 3]),
    Buffer.alloc(32),
    u8(Buffer.alloc(32)),
    u16(Buffer.from([0x13, 1])),
    u8(Buffer.alloc(1)),
  ];
  return Buffer.concat(extensions === null ? start : [...start, u16(extensions)]);
}

const message = (body: Buffer, kind = 1): Buffer => Buffer.concat([Buffer.from([kind]), u24(body)]);
const record = (content: Buffer, kind = 22): Buffer => Buffer.concat([Buffer.from([kind, 3, 1]), u16(content)]);
const whole = (...extensions: readonly Buffer[]): Buffer => record(message(bodyOf(Buffer.concat(extensions))));

t.test('what Node says', async (t) => {
  for (const [options, hello] of [
    [{ servername: 'Good.Example' }, { serverName: 'good.example', protocols: [] }],
    [{ servername: '' }, { serverName: null, protocols: [] }],
    [
      { servername: 'a.example', ALPNProtocols: ['acme-tls/1'] },
      { serverName: 'a.example', protocols: ['acme-tls/1'] },
    ],
    [
      { maxVersion: 'TLSv1.2', ALPNProtocols: ['h2', 'http/1.1'] },
      { serverName: null, protocols: ['h2', 'http/1.1'] },
    ],
  ] as const) {
    const bytes = await helloOf(options);
    t.same(parseClientHello(bytes), { state: 'hello', hello });
    const parts = [...bytes.keys()].map((length) => ({ length, parsed: parseClientHello(bytes.subarray(0, length)) }));
    t.ok(
      parts.every(
        ({ length, parsed }) => parsed.state === 'more' && parsed.bytes > length && parsed.bytes <= bytes.length,
      ),
      'a part of it is not taken for the whole',
    );
  }
});

t.test('other ways to say it', async (t) => {
  const body = bodyOf(Buffer.concat([serverName('a.example'), alpn('acme-tls/1')]));
  const text = message(body);
  const hello = { serverName: 'a.example', protocols: ['acme-tls/1'] };
  for (const [name, bytes, expected] of [
    ['one record', record(text), hello],
    ['two records', Buffer.concat([record(text.subarray(0, 50)), record(text.subarray(50))]), hello],
    ['a record for each byte', Buffer.concat([...text].map((byte) => record(Buffer.from([byte])))), hello],
    ['something after it', Buffer.concat([record(text), Buffer.from('more')]), hello],
    ['no extensions', record(message(bodyOf(null))), { serverName: null, protocols: [] }],
    ['empty extensions', whole(), { serverName: null, protocols: [] }],
    ['a name of another kind', whole(serverName('a.example', 1)), { serverName: null, protocols: [] }],
    ['an empty name', whole(serverName('')), { serverName: '', protocols: [] }],
    ['bytes that are no text', whole(alpn('\xff')), { serverName: null, protocols: ['\xc3\xbf'] }],
  ] as const) {
    t.same(parseClientHello(bytes), { state: 'hello', hello: expected }, name);
  }
});

t.test('what is no hello is not ours to judge', async (t) => {
  const cut = (bytes: Buffer): Buffer => whole(bytes.subarray(0, bytes.length - 1));
  for (const [name, bytes] of [
    ['HTTP', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-x\r\n')],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 3, 1])],
    ['another version', Buffer.from([22, 2, 0, 0, 5])],
    ['an alert', record(Buffer.from([2, 40]), 21)],
    ['an alert in the midst of it', Buffer.concat([record(Buffer.from([1])), record(Buffer.from([2, 40]), 21)])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0x40, 0x01])],
    ['another message', record(message(bodyOf(null), 2))],
    ['a hello that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x40, 1])],
    ['a hello of 16 MB', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    ['an empty hello', record(message(Buffer.alloc(0)))],
    ['a name that leads outside', cut(serverName('a.example'))],
    ['protocols that lead outside', cut(alpn('h2'))],
    ['half an extension', whole(Buffer.from([0]))],
    ['an empty list of names', whole(extension(0, Buffer.alloc(0)))],
  ] as const) {
    t.same(parseClientHello(bytes), { state: 'other' }, name);
  }
});

t.test('at its limits', async (t) => {
  const start = Buffer.from([22, 3, 1, 0x40, 0x00, 1, 0, 0x40, 0x00]);
  t.same(parseClientHello(start), { state: 'more', bytes: 5 + 16_384 }, 'the longest record and hello');
});

interface Meeting {
  readonly peer: Socket;
  readonly ours: Socket;
}

async function meet(t: Test): Promise<Meeting> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  peer.on('error', () => {});
  const [ours] = (await once(server, 'connection')) as [Socket];
  ours.on('error', () => {});
  t.teardown(() => {
    peer.destroy();
    ours.destroy();
    server.close();
  });
  return { peer, ours };
}

t.test('it stays in the socket', async (t) => {
  const hello = whole(serverName('a.example'), alpn('acme-tls/1'));
  for (const [name, bytes, expected] of [
    ['a hello', hello, { serverName: 'a.example', protocols: ['acme-tls/1'] }],
    ['something else', Buffer.from('GET / HTTP/1.0\r\n\r\n'), null],
  ] as const) {
    const { peer, ours } = await meet(t);
    const peeked = peekClientHello(ours, 10_000);
    peer.write(bytes);
    t.same(await peeked, expected, name);
    t.same(await once(ours, 'data'), [bytes]);
  }
});

t.test('it may come byte for byte', async (t) => {
  const { peer, ours } = await meet(t);
  const hello = whole(alpn('h2'));
  const peeked = peekClientHello(ours, 10_000);
  for (const byte of hello) await new Promise((resolve) => peer.write(Buffer.from([byte]), resolve));
  t.same(await peeked, { serverName: null, protocols: ['h2'] });
  t.same(await once(ours, 'data'), [hello]);
});

t.test('a peer that leaves before it', async (t) => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const { peer, ours } = await meet(t);
    const peeked = peekClientHello(ours, 10_000);
    peer.write(whole().subarray(0, 20));
    peer[leave]();
    await t.rejects(peeked, { name: 'PeerError', message: 'the peer left during the TLS handshake' }, leave);
    await closed(ours);
  }
});

t.test('a peer that never says it', async (t) => {
  const { peer, ours } = await meet(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const peeked = peekClientHello(ours, 10_000);
  peeked.catch(() => {});
  mock.timers.tick(9_999);
  t.equal(ours.destroyed, false);
  mock.timers.tick(1);
  await t.rejects(peeked, { name: 'PeerError', message: 'the TLS handshake took too long' });
  await closed(peer);
  t.equal(ours.listenerCount('readable'), 0);
});
