import { once } from 'node:events';
import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import { acceptor } from '../../../listeners/data-stage.ts';
import { alicePassword, setUp, talkOver, type Stage, type Talk } from '../stage.ts';

async function secured(socket: Socket, session?: Buffer): Promise<TLSSocket> {
  const over = tls.connect({
    socket,
    rejectUnauthorized: false,
    servername: 'good.example',
    ...(session && { session }),
  });
  over.on('error', () => {});
  await once(over, 'secureConnect');
  return over;
}

/** A connection after AUTH TLS, PBSZ and PROT P, with alice logged in. */
async function enterSecurely(t: Test, { open }: Stage): Promise<Talk & { readonly socket: TLSSocket }> {
  const clear = await open();
  await clear.ask('AUTH TLS');
  clear.socket.removeAllListeners('data');
  const socket = await secured(clear.socket);
  t.teardown(() => void socket.destroy());
  const talk = talkOver(socket);
  await talk.ask('USER alice');
  await talk.ask(`PASS ${alicePassword}`);
  await talk.ask('PBSZ 0');
  await talk.ask('PROT P');
  await talk.ask('TYPE I');
  return { ...talk, socket };
}

t.test('without a certificate there is no TLS', async (t) => {
  const { open } = await setUp(t);
  const { ask } = await open();
  t.equal(await ask('AUTH TLS'), '502 There is no TLS here');
  t.equal(await ask('AUTH GSSAPI'), '504 Only TLS is there');
  t.equal(await ask('PBSZ 0'), '503 AUTH comes first');
  t.equal(await ask('PROT P'), '503 PBSZ comes first');
  t.equal(await ask('CCC'), '533 The control connection stays protected');
});

t.test('AUTH TLS and what comes after it', async (t) => {
  const { open } = await setUp(t, { tls: acceptor() });
  const clear = await open();
  t.match(await clear.ask('FEAT'), /\n AUTH TLS\n[^]*\n PBSZ\n PROT\n/);
  await clear.ask('USER alice');
  t.equal(await clear.ask('AUTH TLS'), '234 Go ahead');
  clear.socket.removeAllListeners('data');
  const { ask, socket } = talkOver(await secured(clear.socket));
  t.equal(await ask(`PASS ${alicePassword}`), '503 USER comes first', 'what was said in clear counts no more');
  t.equal(await ask('PROT P'), '503 PBSZ comes first');
  t.equal(await ask('PBSZ 0'), '200 PBSZ=0');
  t.equal(await ask('PBSZ 16384'), '200 PBSZ=0 is what it is');
  t.equal(await ask('PROT P'), '200 Data connections are protected');
  t.equal(await ask('PROT C'), '200 Data connections are clear');
  t.equal(await ask('PROT S'), '536 Only C and P are there');
  t.equal(await ask('PROT E'), '536 Only C and P are there');
  t.equal(await ask('PROT X'), '504 It is not done with that');
  t.equal(await ask('AUTH TLS'), '503 TLS is there already');
  t.equal(await ask('CCC'), '533 The control connection stays protected');
  t.notMatch(await ask('FEAT'), /AUTH/);
  socket.destroy();
});

t.test('text behind AUTH TLS is not taken for what comes after the handshake', async (t) => {
  const { open } = await setUp(t, { tls: acceptor() });
  const talk = await open();
  talk.send('AUTH TLS\r\nUSER evil\r\n');
  t.equal(await talk.rest(), '421 Text was sent behind AUTH\r\n');
});

t.test('a handshake that is none ends the connection', async (t) => {
  const { open, served } = await setUp(t, { tls: acceptor() });
  const talk = await open();
  await talk.ask('AUTH TLS');
  talk.send('USER alice\r\n');
  await talk.rest().catch(() => {});
  while (served.sessions.size > 0) await new Promise(setImmediate);
  t.equal(served.sessions.size, 0);
});

t.test('files over TLS', async (t) => {
  const stage = await setUp(t, { tls: acceptor(), files: { 'a.txt': 'a' }, options: { require_tls: true } });
  const { ask, reply, dataConnection, socket } = await enterSecurely(t, stage);
  t.equal(await ask('PROT C'), '534 Data connections are to be protected');
  const data = await dataConnection();
  t.equal(await ask('RETR a.txt'), '150 Sending (1 bytes)');
  const over = await secured(data, socket.getSession());
  const [chunk] = (await once(over, 'data')) as [Buffer];
  t.equal(chunk.toString(), 'a');
  over.end();
  t.equal(await reply(), '226 All is sent');
  await ask('REIN');
  t.match(await ask('STAT'), /of data connections: yes/, 'a new login changes nothing of TLS');
});

t.test('where TLS is required, data in clear is refused', async (t) => {
  const stage = await setUp(t, { tls: acceptor(), files: { 'a.txt': 'a' }, options: { require_tls: true } });
  const clear = await stage.open();
  await clear.ask('AUTH SSL');
  clear.socket.removeAllListeners('data');
  const { ask, socket } = talkOver(await secured(clear.socket));
  await ask('USER alice');
  t.equal(await ask(`PASS ${alicePassword}`), '230 Welcome');
  await ask('EPSV');
  for (const line of ['RETR a.txt', 'STOR a.txt', 'LIST', 'MLSD']) {
    t.equal(await ask(line), '522 Data connections are to be protected: PROT P comes first', line);
  }
  socket.destroy();
});
