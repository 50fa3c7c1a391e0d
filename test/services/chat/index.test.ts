import t, { type Test } from 'tap';

import type { Service } from '../../../src/contract/index.ts';
import { maxQueuedBytes } from '../../../src/services/chat/conversation.ts';
import chat from '../../../src/services/chat/index.ts';
import { chatOptions } from '../../../src/services/chat/options.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { createFakeSession, type FakePeer, type FakeSession } from '../../support/fake-session.ts';

async function createChat(options: object = {}): Promise<Service> {
  const [bus] = createFakeBuses(1);
  if (bus === undefined) throw new Error('a bus');
  const context = createFakeContext({
    name: 'chat',
    bus,
    spawn: () => {
      throw new Error('the chat starts no programs');
    },
  });
  return chat.create(chatOptions.parse({ rate: '1000/s', ...options }), context);
}

interface Visitor extends FakeSession {
  readonly served: Promise<void>;
}

function connect(service: Service): Visitor {
  const fake = createFakeSession({ service: 'chat' });
  return { ...fake, served: fake.serve(service) };
}

/** Connects and gets as far as the own notice. */
async function enter(t: Test, service: Service, nick: string): Promise<Visitor> {
  const visitor = connect(service);
  await visitor.peer.lines(2);
  visitor.peer.write(`${nick}\r\n`);
  t.equal(await visitor.peer.line(), `* ${nick} joined lobby`);
  return visitor;
}

async function dialogue(t: Test, peer: FakePeer, steps: [say: string, expect: string[]][]): Promise<void> {
  for (const [say, expected] of steps) {
    peer.write(`${say}\n`);
    t.same(await peer.lines(expected.length), expected, say);
  }
}

t.test('greets, asks for a nickname, and lets in', async (t) => {
  const service = await createChat({ welcome: 'Hello.\nBe kind.\x1b[0m' });
  const { peer, served } = connect(service);
  t.same(await peer.lines(3), ['* Hello.', '* Be kind.[0m', '* What is your nickname?']);
  await dialogue(t, peer, [
    ['alice', ['* alice joined lobby']],
    ['/quit', ['* Goodbye']],
  ]);
  t.equal(await peer.rest(), '');
  await served;
});

t.test('lines end with CRLF, both ways', async (t) => {
  const { peer } = connect(await createChat());
  peer.write('alice\r\n/quit\r\n');
  t.equal(await peer.rest(), '* Welcome.\r\n* What is your nickname?\r\n* alice joined lobby\r\n* Goodbye\r\n');
});

t.test('a bad or unfree nickname is asked for again, five times', async (t) => {
  const service = await createChat();
  await enter(t, service, 'alice');
  const { peer, served } = connect(service);
  await peer.lines(2);
  const rule = '! a name is 1 to 32 letters, digits, "_" or "-"';
  const again = '* What is your nickname?';
  await dialogue(t, peer, [
    ['', [rule, again]],
    ['two words', [rule, again]],
    ['ALICE', ['! ALICE is taken', again]],
    ['x'.repeat(2049), ['! line too long', again]],
    ['<admin>', [rule, '! too many tries']],
  ]);
  t.equal(await peer.rest(), '');
  await served;
});

t.test('the fifth try may succeed, and /quit leaves before there is a nickname', async (t) => {
  const service = await createChat();
  const one = connect(service);
  one.peer.write('?\n?\n?\n?\nalice\n');
  t.equal((await one.peer.lines(11)).at(-1), '* alice joined lobby');
  const two = connect(service);
  two.peer.write('/quit\n');
  t.equal(await two.peer.rest(), '* Welcome.\r\n* What is your nickname?\r\n');
});

t.test('two people talk', async (t) => {
  const service = await createChat();
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  t.equal(await alice.peer.line(), '* bob joined lobby');

  bob.peer.write('hello\n/me waves\n/msg Alice psst\n//etc\n\n   \n');
  t.same(await alice.peer.lines(4), ['<bob> hello', '* bob waves', '-bob- psst', '<bob> /etc']);
  alice.peer.write('hi\n');
  t.equal(await bob.peer.line(), '<alice> hi', 'and nothing of what bob said himself');

  await dialogue(t, bob.peer, [
    ['/who', ['* in lobby: alice, bob']],
    ['/rooms', ['* rooms: lobby (2)']],
    ['/nick', ['! usage: /nick NEW']],
    ['/nick ALICE', ['! ALICE is taken']],
    ['/msg nobody psst', ['! there is nobody of that name']],
    ['/join lobby', ['! you are in lobby']],
    ['/dance', ['! no such command: /dance (try /help)']],
    ['/nick Robert', ['* bob is now Robert']],
    ['/join garden', ['* Robert joined garden']],
  ]);
  t.same(await alice.peer.lines(2), ['* bob is now Robert', '* Robert left lobby']);
  bob.peer.write('/help\n');
  t.match(await bob.peer.lines(8), [/^\* text goes/, /^\* \/nick NEW/, /^\* \/join/, /^\* \/rooms/, /^\* \/who/]);
  bob.peer.end();
  await bob.served;
  t.equal(await bob.peer.rest(), '');
});

t.test('who joins is told what was said', async (t) => {
  const service = await createChat({ history: 2 });
  const alice = await enter(t, service, 'alice');
  alice.peer.write('one\ntwo\n/me waves\n/who\n');
  await alice.peer.line();
  const bob = await enter(t, service, 'bob');
  t.same(await bob.peer.lines(2), ['<alice> two', '* alice waves']);
});

t.test('telnet and terminal sequences do not get through', async (t) => {
  const service = await createChat();
  const alice = await enter(t, service, 'alice');
  const bob = connect(service);
  bob.peer.write(Buffer.from([255, 251, 31, 255, 250, 31, 0, 80, 0, 24, 255, 240]));
  bob.peer.write('bob\r\0');
  bob.peer.write(Buffer.from([...Buffer.from('\x1b[31mred\x07 caf'), 0xe9, 13, 10]));
  t.same(await alice.peer.lines(2), ['* bob joined lobby', '<bob> [31mred caf\ufffd']);
});

t.test('a line at the limit is said, one byte more is refused, and the session goes on', async (t) => {
  const service = await createChat({ max_line: '64B' });
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  await alice.peer.line();
  bob.peer.write(`${'x'.repeat(64)}\r\n${'y'.repeat(65)}\r\nstill here\r\n`);
  t.same(await alice.peer.lines(2), [`<bob> ${'x'.repeat(64)}`, '<bob> still here']);
  t.equal(await bob.peer.line(), '! line too long: 64 bytes at the most');
});

t.test('too many lines are refused, and say so once', async (t) => {
  const service = await createChat({ rate: '5/1h' });
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  await alice.peer.line();
  bob.peer.end('1\n2\n3\n4\n5\n6\n7\n8\n');
  t.same(await alice.peer.lines(6), ['<bob> 1', '<bob> 2', '<bob> 3', '<bob> 4', '<bob> 5', '* bob left lobby']);
  t.equal(await bob.peer.rest(), '! slow down: lines are not passed on\r\n');
});

t.test('who does not read is dropped, and delays nobody', async (t) => {
  const service = await createChat({ max_line: '64KB' });
  const slow = await enter(t, service, 'slow');
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  await alice.peer.line();
  const text = 'x'.repeat(60_000);

  // What the connection itself takes in (64 KiB) is not counted, as it is no memory of ours.
  const fits = Math.floor(maxQueuedBytes / 60_000) - 1;
  for (let count = 1; count <= fits; count += 1) {
    bob.peer.write(`${text}\n`);
    t.equal(await alice.peer.line(), `<bob> ${text}`);
  }
  t.notOk(slow.session.stream.destroyed);
  bob.peer.write(`${text}\n${text}\n${text}\n`);
  t.same(await alice.peer.lines(4), [`<bob> ${text}`, `<bob> ${text}`, `<bob> ${text}`, '* slow left lobby']);
  t.ok(slow.session.stream.destroyed);
  await slow.served;
  t.match(slow.logs, [{ severity: 'notice', message: 'dropped: does not read what it is sent' }]);
});

t.test('a session that is ended from outside is told why', async (t) => {
  const service = await createChat();
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  await alice.peer.line();
  bob.abort('kick');
  t.equal(await bob.peer.rest(), '* Goodbye: the session was ended by an administrator\r\n');
  await bob.served;
  t.equal(await alice.peer.line(), '* bob left lobby');

  const early = connect(service);
  early.abort('drain');
  t.match(await early.peer.rest(), /nickname\?\r\n\* Goodbye: the server is going down\r\n$/);
});

t.test('a connection that breaks is a member that left', async (t) => {
  const service = await createChat();
  const alice = await enter(t, service, 'alice');
  const bob = await enter(t, service, 'bob');
  await alice.peer.line();
  bob.peer.reset();
  await t.rejects(bob.served, { code: 'ECONNRESET' });
  t.equal(await alice.peer.line(), '* bob left lobby');
  await enter(t, service, 'bob');
});

t.test('an unfinished last line is said', async (t) => {
  const service = await createChat();
  const alice = await enter(t, service, 'alice');
  connect(service).peer.end('bob\nhello');
  t.same(await alice.peer.lines(3), ['* bob joined lobby', '<bob> hello', '* bob left lobby']);
});

t.test('leaves no listener behind', async (t) => {
  const service = await createChat();
  const fake = createFakeSession();
  fake.peer.write('?\n/quit\n');
  await service.connection?.(fake.session);
  t.equal(fake.session.stream.listenerCount('readable'), 0);
  t.notOk(fake.session.stream.destroyed);
});

t.test('long lists stand on several lines', async (t) => {
  const service = await createChat();
  const names = Array.from({ length: 20 }, (_, index) => `${'x'.repeat(30)}${String(index + 10)}`);
  for (const name of names) connect(service).peer.write(`${name}\n`);
  const alice = await enter(t, service, 'alice');
  alice.peer.write('/who\n');
  const lines = await alice.peer.lines(2);
  t.match(lines, [/^\* in lobby: x/, /^\* in lobby: x.*alice$/]);
  t.ok(lines.every((line) => line.length <= 402));
});

t.test('options', async (t) => {
  t.same(chatOptions.parse({}), {
    rooms: ['lobby'],
    history: 50,
    welcome: 'Welcome.',
    max_line: 2048,
    rate: { count: 5, window: 1000 },
  });
  const wrong: [options: object, message: string][] = [
    [{ room: 'lobby' }, 'Unrecognized key: "room"'],
    [{ rooms: ['two words'] }, 'expected the name of a room, 1 to 32 letters, digits, "_" or "-", got "two words"'],
    [{ history: 1001 }, 'Too big: expected number to be <=1000'],
    [{ max_line: '63B' }, 'expected a size of at least 64B, got "63B"'],
    [{ max_line: '65KB' }, 'expected a size of at most 64KB, got "65KB"'],
  ];
  for (const [options, message] of wrong) {
    t.equal(chatOptions.safeParse(options).error?.issues[0]?.message, message, JSON.stringify(options));
  }
});

t.test('tells how to try it', async (t) => {
  const address = { kind: 'tcp', host: '127.0.0.1', port: 2023, path: '' } as const;
  t.equal(chat.trial?.(address), String.raw`printf 'guest\nhello\n/who\n/quit\n' | nc -q 1 127.0.0.1 2023`);
});
