import { once } from 'node:events';
import fs from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';

import t from 'tap';

import { acceptor } from '../../listeners/data-stage.ts';
import { setUp, talkOver, type Talk } from './stage.ts';

const refusal = '421 Text was sent behind AUTH';
const goAhead = '234 Go ahead';

/** What is asked within TLS, after AUTH was said in clear. */
async function secured({ socket }: Talk): Promise<Talk> {
  socket.removeAllListeners('data');
  const over = tls.connect({ socket, rejectUnauthorized: false, servername: 'good.example' });
  over.on('error', () => {});
  await once(over, 'secureConnect');
  return talkOver(over);
}

// RFC 4217 15.1, and CVE-2011-0411: who stands between puts commands behind AUTH, which would count as the peer's own.
const behind: readonly (readonly [what: string, text: string])[] = [
  ['a command', 'AUTH TLS\r\nMKD evil\r\n'],
  ['several', 'AUTH TLS\r\nPBSZ 0\r\nPROT C\r\nMKD evil\r\n'],
  ['the beginning of a command', 'AUTH TLS\r\nMKD ev'],
  ['a byte', 'AUTH TLS\r\nM'],
  ['the end of a line', 'AUTH TLS\r\n\r\n'],
  ['AUTH again', 'AUTH TLS\r\nAUTH TLS\r\n'],
  ['a command, where AUTH stands behind others', 'NOOP\r\nPWD\r\nAUTH TLS\r\nMKD evil\r\n'],
  ['a command, behind an old name of it', 'AUTH SSL\r\nMKD evil\r\n'],
  ['a command, at a line that ends with LF alone', 'AUTH TLS\nMKD evil\n'],
  ['what is no line for being too long', `AUTH TLS\r\nMKD ${'x'.repeat(5_000)}\r\n`],
  ['what the next reader would take for the end of such a line', `MKD ${'x'.repeat(5_000)}\r\nAUTH TLS\r\nevil\r\n`],
  ['a handshake that does not wait for the answer', 'AUTH TLS\r\n\x16\x03\x01'],
];

t.test('text behind AUTH is refused, and nothing of it is obeyed', async (t) => {
  const { enter, home, served } = await setUp(t, { tls: acceptor() });
  for (const [what, text] of behind) {
    const talk = await enter();
    talk.send(Buffer.from(text, 'latin1'));
    const said = (await talk.rest()).trimEnd().split('\r\n');
    t.equal(said.at(-1), refusal, what);
    t.notOk(said.includes(goAhead), what);
    t.same(fs.readdirSync(home), [], what);
  }
  t.same(served.failures, [], 'which is a fault of nobody here');
});

t.test('what comes in one piece with AUTH before it is obeyed in clear, and AUTH may be the last', async (t) => {
  const { open } = await setUp(t, { tls: acceptor() });
  for (const text of ['AUTH TLS\r\n', 'NOOP\r\nAUTH TLS\r\n', `${'NOOP\r\n'.repeat(90)}AUTH TLS-C\r\n`]) {
    const talk = await open();
    talk.send(text);
    for (let noops = text.split('NOOP').length - 1; noops > 0; noops -= 1) t.match(await talk.reply(), /^200 /);
    t.equal(await talk.reply(), goAhead);
    const over = await secured(talk);
    t.match(await over.ask('NOOP'), /^200 /);
    over.socket.destroy();
  }
});

t.test('AUTH in pieces is AUTH', async (t) => {
  const { open } = await setUp(t, { tls: acceptor() });
  const talk = await open();
  for (const byte of 'AUTH TLS\r\n') {
    talk.send(byte);
    await turn();
  }
  t.equal(await talk.reply(), goAhead);
  const over = await secured(talk);
  t.equal(await over.ask('AUTH TLS'), '503 TLS is there already');
  over.socket.destroy();
});

t.test('during a transfer it is read ahead, and the same counts', async (t) => {
  const stage = await setUp(t, { tls: acceptor() });
  const cases: readonly (readonly [what: string, pieces: readonly string[], answers: readonly string[]])[] = [
    ['nothing behind it', ['AUTH TLS\r\n'], [goAhead]],
    ['a command before it', ['NOOP\r\n', 'AUTH TLS\r\n'], ['200 Fine', goAhead]],
    ['a command behind it', ['AUTH TLS\r\nMKD evil\r\n'], [refusal]],
    ['a command later on', ['AUTH TLS\r\n', 'MKD evil\r\n'], [refusal]],
    ['the beginning of a command', ['AUTH TLS\r\n', 'MKD ev'], [refusal]],
  ];
  for (const [what, pieces, answers] of cases) {
    const talk = await stage.enter();
    const data = await talk.dataConnection();
    t.match(await talk.ask('STOR a.txt'), /^150 /, what);
    for (const piece of pieces) {
      talk.send(piece);
      // Answered during a transfer: by then, all that was sent before has come.
      if (piece.endsWith('\n')) t.match(await talk.ask('STAT'), /^21\d/, what);
    }
    data.resume().end('a');
    t.match(await talk.reply(), /^226 /, what);
    for (const answer of answers) t.equal(await talk.reply(), answer, what);
    t.same(fs.readdirSync(stage.home).sort(), ['.portico-incoming', 'a.txt'], what);
    talk.socket.destroy();
  }
});

t.test('what was said in clear counts no more: neither the login, nor where a command was left off', async (t) => {
  const { enter, path } = await setUp(t, { tls: acceptor(), files: { 'a.txt': 'a' } });
  const talk = await enter();
  t.match(await talk.ask('RNFR a.txt'), /^350 /);
  t.equal(await talk.ask('AUTH TLS'), goAhead);
  const over = await secured(talk);
  t.match(await over.ask('RNTO b.txt'), /^530 /);
  t.match(await over.ask('MKD evil'), /^530 /);
  t.ok(fs.existsSync(path('a.txt')));
  over.socket.destroy();
});
