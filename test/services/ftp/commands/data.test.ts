import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import t, { type Test } from 'tap';

import { connected, setUp } from '../stage.ts';

/** Listens as a peer does before PORT, and collects what comes. */
async function listenFor(t: Test): Promise<{ port: number; received: Promise<string> }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const received = once(server, 'connection').then(async (args) => {
    const [socket] = args as [Socket];
    const parts: Buffer[] = [];
    for await (const chunk of socket) parts.push(chunk as Buffer);
    socket.end();
    return Buffer.concat(parts).toString();
  });
  return { port: (server.address() as AddressInfo).port, received };
}

t.test('PASV and EPSV', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' } });
  const { ask, reply } = await enter();
  const [, high, low] = /^227 Entering Passive Mode \(127,0,0,1,(\d+),(\d+)\)\.$/.exec(await ask('PASV')) ?? [];
  const data = await connected(Number(high) * 256 + Number(low));
  data.resume();
  t.equal(await ask('RETR a.txt'), '150 Sending (1 bytes)');
  t.equal(await reply(), '226 All is sent');
  t.equal(await ask('RETR a.txt'), '425 PASV or PORT comes first', 'one connection for each');
  t.match(await ask('EPSV'), /^229 Entering Extended Passive Mode \(\|\|\|\d+\|\)$/);
  t.match(await ask('EPSV 1'), /^229 /);
  t.equal(await ask('EPSV 2'), '522 Only this network protocol is there: (1)');
  data.destroy();
});

t.test('PASV twice: the second counts', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' } });
  const { ask, fetch } = await enter();
  await ask('PASV');
  t.equal((await fetch('RETR a.txt')).toString(), 'a');
});

t.test('EPSV ALL', async (t) => {
  const { enter } = await setUp(t);
  const { ask } = await enter();
  t.equal(await ask('EPSV ALL'), '200 EPSV it is, from now on');
  for (const line of ['PASV', 'PORT 127,0,0,1,200,1', 'EPRT |1|127.0.0.1|51201|']) {
    t.equal(await ask(line), '501 Only EPSV is allowed after EPSV ALL', line);
  }
  t.match(await ask('EPSV'), /^229 /);
});

t.test('PORT and EPRT', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' } });
  const { ask, reply } = await enter();
  for (const command of ['PORT', 'EPRT']) {
    const { port, received } = await listenFor(t);
    const to = command === 'PORT' ? `127,0,0,1,${port >> 8}, ${port & 255}` : `|1|127.0.0.1|${port}|`;
    t.equal(await ask(`${command} ${to}`), '200 Fine');
    t.equal(await ask('RETR a.txt'), '150 Sending (1 bytes)');
    t.equal(await received, 'a');
    t.equal(await reply(), '226 All is sent');
  }
  t.match(await ask('PORT 127,0,0,2,200,1'), /^501 /, 'to somebody else');
  t.match(await ask('EPRT |1|192.0.2.1|51201|'), /^501 /);
  t.match(await ask('PORT 127,0,0,1,0,21'), /^501 /, 'to a low port');
  t.match(await ask('PORT 127,0,0,1,3,255'), /^501 /, '1023');
  t.equal(await ask('PORT 127,0,0,1,4,0'), '200 Fine', '1024');
});

t.test('a port that nobody listens on', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' } });
  const { ask, reply } = await enter();
  await ask('PORT 127,0,0,1,4,1');
  t.match(await ask('RETR a.txt'), /^150 /);
  t.match(await reply(), /^425 /);
});

t.test('nobody comes to the port', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' }, options: { data_timeout: '1s' } });
  const { ask, reply } = await enter();
  await ask('EPSV');
  t.match(await ask('RETR a.txt'), /^150 /);
  t.match(await reply(), /^425 /);
});

t.test('a range with no free port', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { enter, served } = await setUp(t, { options: { passive_ports: port } });
  const { ask } = await enter();
  t.equal(await ask('PASV'), '425 No port is free now, try again later');
  t.match(await served.context.logged(/no data connection/), {
    severity: 'warning',
    message: `no data connection: all ports for data connections are in use (passive_ports: ${port}-${port})`,
  });
});

t.test('the address that PASV tells', async (t) => {
  const { enter } = await setUp(t, {
    options: { public_address: { '127.0.0.0/8': '192.0.2.7', default: '203.0.113.7' }, passive_ports: '50000-50999' },
  });
  const { ask } = await enter();
  const [, high, low] = /^227 Entering Passive Mode \(192,0,2,7,(\d+),(\d+)\)\.$/.exec(await ask('PASV')) ?? [];
  const port = Number(high) * 256 + Number(low);
  t.ok(port >= 50_000 && port <= 50_999);
});

t.test('MODE, STRU and TYPE', async (t) => {
  const { enter } = await setUp(t);
  const { ask } = await enter();
  t.equal(await ask('MODE S'), '200 Fine');
  t.equal(await ask('STRU F'), '200 Fine');
  t.equal(await ask('TYPE A N'), '200 Type is ASCII');
  t.equal(await ask('TYPE L 8'), '200 Type is binary');
});
