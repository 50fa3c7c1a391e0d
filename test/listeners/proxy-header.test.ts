import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { readProxyHeader } from '../../src/listeners/proxy-header.ts';

/** Both ends of a connection; `accepted` is half-open, as a listener has it. */
async function connection(t: Test): Promise<{ proxy: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = connect({ port, host: '127.0.0.1', noDelay: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(proxy, 'connect')])) as [[Socket], unknown];
  proxy.on('error', () => {});
  t.teardown(() => {
    proxy.destroy();
    accepted.destroy();
    server.close();
  });
  return { proxy, accepted };
}

const v1 = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\r\n';
const ends = {
  source: { address: '192.0.2.1', port: 4711, family: 'IPv4' },
  destination: { address: '198.51.100.1', port: 25, family: 'IPv4' },
};
/** PROXY over TCP/IPv4 from 192.0.2.1:4711 to 198.51.100.1:25. */
const v2 = Buffer.from('0d0a0d0a000d0a515549540a 21 11 000c c0000201 c6336401 1267 0019'.replaceAll(' ', ''), 'hex');

t.test('a header names both ends', async (t) => {
  for (const header of [v1, v2]) {
    const { proxy, accepted } = await connection(t);
    proxy.write(header);
    t.match(await readProxyHeader(accepted), ends);
  }
});

t.test('one that comes byte by byte as well', async (t) => {
  for (const header of [Buffer.from(v1), v2]) {
    const { proxy, accepted } = await connection(t);
    const read = readProxyHeader(accepted);
    for (const byte of header) {
      const seen = once(accepted, 'readable');
      proxy.write(Buffer.of(byte));
      await seen;
    }
    t.match(await read, ends);
  }
});

t.test('what follows stays in the socket, for whoever reads next and however they read', async (t) => {
  const text = 'EHLO me\r\n';
  const readers: Readonly<Record<string, (socket: Socket) => Promise<string>>> = {
    async data(socket) {
      return String((await once(socket, 'data'))[0]);
    },
    async readable(socket) {
      let chunk: Buffer | null = socket.read() as Buffer | null;
      while (chunk === null) {
        await once(socket, 'readable');
        chunk = socket.read() as Buffer | null;
      }
      return chunk.toString();
    },
    async iteration(socket) {
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) return String(chunk);
      return '';
    },
  };
  for (const [name, read] of Object.entries(readers)) {
    const { proxy, accepted } = await connection(t);
    proxy.write(v1 + text);
    await readProxyHeader(accepted);
    t.equal(await read(accepted), text, name);
  }
});

t.test('a megabyte that follows is whole, its end included', async (t) => {
  const { proxy, accepted } = await connection(t);
  proxy.write(v1);
  proxy.end(Buffer.alloc(1 << 20, 'x'));
  await readProxyHeader(accepted);
  let length = 0;
  for await (const chunk of accepted) length += (chunk as Buffer).length;
  t.equal(length, 1 << 20);
});

t.test('nothing but the header, and then an end', async (t) => {
  const { proxy, accepted } = await connection(t);
  proxy.end(v1);
  t.match(await readProxyHeader(accepted), ends);
  for await (const chunk of accepted) t.fail(`more came: ${String(chunk)}`);
  t.equal(accepted.readableEnded, true);
});

t.test('a proxy that speaks for itself names nobody', async (t) => {
  const { proxy, accepted } = await connection(t);
  proxy.write('PROXY UNKNOWN\r\n');
  t.match(await readProxyHeader(accepted), { source: null, destination: null });
});

t.test('what is no header is the fault of the proxy', async (t) => {
  const { proxy, accepted } = await connection(t);
  proxy.write('GET / HTTP/1.1\r\n');
  await t.rejects(readProxyHeader(accepted), { name: 'PeerError', message: 'bad PROXY header: no PROXY header' });
});

t.test('so is leaving before its end, in either way', async (t) => {
  for (const leave of [(proxy: Socket) => proxy.end(), (proxy: Socket) => proxy.resetAndDestroy()]) {
    const { proxy, accepted } = await connection(t);
    const read = readProxyHeader(accepted);
    const seen = once(accepted, 'readable');
    proxy.write(v1.slice(0, 20));
    await seen;
    leave(proxy);
    await t.rejects(read, { name: 'PeerError', message: 'the peer left before its PROXY header was whole' });
  }
});

t.test('and saying nothing for five seconds', async (t) => {
  const { accepted } = await connection(t);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let isOver = false;
  const read = readProxyHeader(accepted).finally(() => (isOver = true));
  read.catch(() => {});
  mock.timers.tick(4_999);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isOver, false);
  mock.timers.tick(1);
  await t.rejects(read, { name: 'PeerError', message: 'no PROXY header came' });
});

t.test('nobody is left listening', async (t) => {
  const { proxy, accepted } = await connection(t);
  const before = accepted.eventNames().map((name) => [name, accepted.listenerCount(name)]);
  proxy.write(v1);
  await readProxyHeader(accepted);
  t.same(
    accepted.eventNames().map((name) => [name, accepted.listenerCount(name)]),
    before,
  );
});
