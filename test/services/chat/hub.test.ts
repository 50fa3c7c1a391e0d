import t, { type Test } from 'tap';

import type { Bus } from '../../../src/contract/index.ts';
import { createHub, maxRooms, type Hub } from '../../../src/services/chat/hub.ts';
import type { Member } from '../../../src/services/chat/rooms.ts';
import { createFakeBuses, type FakeBus } from '../../support/fake-bus.ts';

interface Person {
  readonly member: Member;
  /** What was sent since the last look. */
  heard(): string[];
}

const start = (bus: Bus, history = 50): Promise<Hub> =>
  createHub({ service: 'chat', rooms: ['lobby', 'dev'], history, bus });

async function enter(t: Test, hub: Hub, nick: string): Promise<Person> {
  let bytes = '';
  const outlet = { send: (line: Buffer) => void (bytes += line.toString()), flush() {} };
  const member = await hub.enter(nick, outlet);
  if (typeof member === 'string') return t.bailout(member) as never;
  return {
    member,
    heard() {
      const lines = bytes.split('\r\n').slice(0, -1);
      bytes = '';
      return lines;
    },
  };
}

async function twoWorkers(): Promise<{ buses: FakeBus[]; one: Hub; two: Hub; settled: () => Promise<void> }> {
  const buses = createFakeBuses(2);
  const [one, two] = await Promise.all(buses.map((bus) => start(bus)));
  if (one === undefined || two === undefined || buses[0] === undefined) throw new Error('two workers');
  return { buses, one, two, settled: buses[0].settled };
}

t.test('one worker', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const hub = await start(bus);
  const alice = await enter(t, hub, 'alice');
  t.same(alice.heard(), ['* alice joined lobby']);
  const bob = await enter(t, hub, 'bob');
  t.same(alice.heard(), ['* bob joined lobby']);
  bob.heard();

  t.test('text goes to the others of the room', async (t) => {
    hub.say(bob.member, 'hello');
    hub.act(bob.member, 'waves');
    t.same(alice.heard(), ['<bob> hello', '* bob waves']);
    t.same(bob.heard(), []);
  });

  t.test('a nickname is free or not without regard to case', async (t) => {
    t.equal(await hub.enter('ALICE', { send() {}, flush() {} }), 'ALICE is taken');
    t.equal(await hub.rename(bob.member, 'Alice'), 'Alice is taken');
    t.equal(await hub.rename(bob.member, 'b b'), 'a name is 1 to 32 letters, digits, "_" or "-"');
    t.equal(await hub.rename(bob.member, 'BOB'), null);
    t.equal(await hub.rename(bob.member, 'Robert'), null);
    t.same(alice.heard(), ['* bob is now BOB', '* BOB is now Robert']);
    t.same(bob.heard(), ['* bob is now BOB', '* BOB is now Robert']);
    t.same(bus.claims(), ['chat/chat/nick/alice', 'chat/chat/nick/robert']);
    t.equal(await hub.rename(bob.member, 'bob'), null);
    alice.heard();
    bob.heard();
  });

  t.test('two who want the same nickname at the same time do not both get it', async (t) => {
    const outlet = { send() {}, flush() {} };
    const [first, second] = await Promise.all([hub.enter('carol', outlet), hub.enter('Carol', outlet)]);
    t.match(first, { nick: 'carol' });
    t.equal(second, 'Carol is taken');
    hub.leave(first as Member);
    alice.heard();
    bob.heard();
  });

  t.test('private lines', async (t) => {
    t.equal(await hub.whisper(bob.member, 'ALICE', 'psst'), null);
    t.same(alice.heard(), ['-bob- psst']);
    t.same(bob.heard(), []);
    t.equal(await hub.whisper(bob.member, 'nobody', 'psst'), 'there is nobody of that name');
  });

  t.test('rooms', async (t) => {
    t.equal(hub.join(bob.member, 'LOBBY'), 'you are in lobby');
    t.equal(hub.join(bob.member, '../etc'), 'a name is 1 to 32 letters, digits, "_" or "-"');
    t.equal(hub.join(bob.member, 'Garden'), null);
    t.same(alice.heard(), ['* bob left lobby']);
    t.same(bob.heard(), ['* bob joined Garden']);
    hub.say(bob.member, 'nobody hears');
    t.same(alice.heard(), []);
    t.same(hub.rooms(), [
      { name: 'lobby', members: 1 },
      { name: 'dev', members: 0 },
      { name: 'Garden', members: 1 },
    ]);
    t.equal(hub.join(bob.member, 'lobby'), null);
    t.same(alice.heard(), ['* bob joined lobby']);
    t.same(bob.heard(), ['* bob joined lobby', '<bob> hello', '* bob waves']);
    t.same(hub.who(bob.member), ['alice', 'bob']);
  });

  t.test('who leaves gives the nickname back', async (t) => {
    hub.leave(bob.member);
    t.same(alice.heard(), ['* bob left lobby']);
    const another = await enter(t, hub, 'bob');
    hub.leave(another.member);
    t.same(bus.claims(), ['chat/chat/nick/alice']);
    hub.stop();
    t.same(bus.claims(), []);
  });
});

t.test('so many rooms can be opened, and no more', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const hub = await start(bus);
  const opened: unknown[] = [];
  for (let count = 1; count <= maxRooms; count += 1) {
    const { member } = await enter(t, hub, `nick${count}`);
    opened.push(hub.join(member, `room${count}`));
  }
  t.same(new Set(opened), new Set([null]), 'at the limit');
  const { member } = await enter(t, hub, 'late');
  t.equal(hub.join(member, 'one-more'), 'there are too many rooms', 'one past it');
  t.equal(hub.join(member, 'room1'), null);
});

t.test('two workers are one chat', async (t) => {
  const { one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  await settled();
  t.same(alice.heard(), ['* alice joined lobby', '* bob joined lobby']);
  t.same(bob.heard().at(-1), '* bob joined lobby');

  t.test('everything said is heard on both sides', async (t) => {
    one.say(alice.member, 'first');
    one.act(alice.member, 'waves');
    t.equal(await one.whisper(alice.member, 'bob', 'psst'), null);
    await settled();
    t.same(bob.heard(), ['<alice> first', '* alice waves', '-alice- psst']);
    two.say(bob.member, 'hello');
    await settled();
    t.same(alice.heard(), ['<bob> hello']);
  });

  t.test('a nickname is unique over both', async (t) => {
    t.equal(await two.enter('Alice', { send() {}, flush() {} }), 'Alice is taken');
    t.equal(await one.rename(alice.member, 'BOB'), 'BOB is taken');
    t.equal(await one.rename(alice.member, 'anna'), null);
    await settled();
    t.same(bob.heard(), ['* alice is now anna']);
    t.equal(await two.rename(bob.member, 'alice'), null, 'the old one is free');
    await settled();
    t.same(alice.heard(), ['* alice is now anna', '* bob is now alice']);
    bob.heard();
  });

  t.test('rooms, who, and history are the same on both', async (t) => {
    two.join(bob.member, 'Garden');
    await settled();
    t.same(alice.heard(), ['* alice left lobby']);
    t.same(one.rooms(), two.rooms());
    one.join(alice.member, 'garden');
    await settled();
    t.same(bob.heard(), ['* alice joined Garden', '* anna joined Garden']);
    t.same(one.who(alice.member), ['alice', 'anna']);
    t.same(two.who(bob.member), ['alice', 'anna']);
    alice.heard();
    const late = await enter(t, two, 'late');
    t.same(late.heard(), ['* late joined lobby', '<alice> first', '* alice waves', '<bob> hello']);
    two.leave(late.member);
  });

  t.test('who leaves is gone on both', async (t) => {
    two.leave(bob.member);
    await settled();
    t.same(alice.heard(), ['* alice left Garden']);
    t.same(one.who(alice.member), ['anna']);
  });
});

t.test('a private line finds who has come, or has changed the name, on another worker just before', async (t) => {
  const { buses, one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  bob.heard();
  // No news of bob have come to the first worker yet.
  t.same(one.who(alice.member), ['alice']);
  t.equal(await one.whisper(alice.member, 'BOB', 'psst'), null);
  await settled();
  t.same(bob.heard(), ['-alice- psst']);

  t.equal(await two.rename(bob.member, 'robert'), null);
  t.equal(await one.whisper(alice.member, 'Robert', 'still you?'), null);
  await settled();
  t.same(bob.heard(), ['* bob is now robert', '-alice- still you?']);

  t.equal(await two.rename(bob.member, 'bert'), null);
  t.equal(await one.whisper(alice.member, 'robert', 'gone?'), 'there is nobody of that name');

  t.test('also by a worker, and to one, that has replaced another', async (t) => {
    const third = await start((buses[1] as FakeBus).join());
    two.leave(bob.member);
    buses[1]?.end();
    const again = await enter(t, third, 'bert');
    t.equal(await one.whisper(alice.member, 'bert', 'welcome back'), null);
    t.equal(await third.whisper(again.member, 'alice', 'thanks'), null);
    const carol = await enter(t, one, 'carol');
    t.equal(await third.whisper(again.member, 'carol', 'hello'), null);
    await settled();
    t.equal(again.heard().at(1), '-alice- welcome back');
    t.equal(alice.heard().at(-1), '* carol joined lobby');
    t.equal(carol.heard().at(-1), '-bert- hello');
  });
});

t.test('a name that somebody else has taken is no longer the one who had it', async (t) => {
  const { one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  const carol = await enter(t, two, 'carol');
  await settled();
  t.equal(await two.rename(bob.member, 'robert'), null);
  t.equal(await two.rename(carol.member, 'bob'), null);
  bob.heard();
  carol.heard();
  t.equal(await one.whisper(alice.member, 'bob', 'psst'), null);
  await settled();
  t.same([bob.heard(), carol.heard()], [[], ['-alice- psst']]);
});

t.test('a worker that does not answer is still known by what it has said', async (t) => {
  const { buses, one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  await settled();
  bob.heard();
  // As a release does that knows nothing of the question, or says something else.
  for (const reply of [null, 'bob', { member: 'w1/1', nick: 'bob', room: 'lobby' }]) {
    buses[1]?.answer('chat/chat/who', () => reply);
    t.equal(await one.whisper(alice.member, 'bob', 'psst'), null);
    await settled();
    t.same(bob.heard(), ['-alice- psst']);
  }
  t.equal(await one.whisper(alice.member, 'x'.repeat(33), 'psst'), 'there is nobody of that name');
});

t.test('when a worker has ended, its members have left', async (t) => {
  const { buses, one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  await enter(t, two, 'bob');
  const carol = await enter(t, two, 'carol');
  two.join(carol.member, 'Garden');
  await settled();
  alice.heard();

  buses[1]?.end();
  await settled();
  t.same(alice.heard(), ['* bob left lobby']);
  t.same(
    one.rooms().map(({ name }) => name),
    ['lobby', 'dev'],
  );
  t.equal(await one.whisper(alice.member, 'bob', 'psst'), 'there is nobody of that name');
  const again = await enter(t, one, 'bob');
  t.same(again.heard(), ['* bob joined lobby'], 'the nickname is free');
});

t.test('a worker that starts later takes over who is there and what was said', async (t) => {
  const { buses, one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  one.say(alice.member, 'one');
  await settled();
  two.say(bob.member, 'two');
  two.join(bob.member, 'Garden');
  await settled();

  const third = await start(buses[0]?.join() as FakeBus);
  alice.heard();
  bob.heard();
  t.same(third.rooms(), [
    { name: 'lobby', members: 1 },
    { name: 'dev', members: 0 },
    { name: 'Garden', members: 1 },
  ]);
  const carol = await enter(t, third, 'carol');
  t.same(
    carol.heard(),
    ['* carol joined lobby', '<alice> one', '<bob> two'],
    'each line once, though both remember it',
  );
  await settled();
  t.same(alice.heard(), ['* carol joined lobby']);
  third.join(carol.member, 'garden');
  await settled();
  t.same(bob.heard(), ['* carol joined Garden']);

  t.test('and keeps it when the others end: a reload loses nothing', async (t) => {
    one.leave(alice.member);
    two.leave(bob.member);
    buses[0]?.end();
    buses[1]?.end();
    await settled();
    const dave = await enter(t, third, 'dave');
    t.same(dave.heard(), ['* dave joined lobby', '<alice> one', '<bob> two']);
  });
});

t.test('what is said while a worker is starting is neither lost nor doubled', async (t) => {
  const { buses, one, two, settled } = await twoWorkers();
  const alice = await enter(t, one, 'alice');
  const bob = await enter(t, two, 'bob');
  await settled();

  const third = buses[0]?.join() as FakeBus;
  // The answers of the others are made one after the other; what is published around them arrives before both.
  const slow: Bus = {
    ...third,
    async request(topic, message) {
      one.say(alice.member, 'before the answer');
      const replies = await third.request(topic, message);
      one.say(alice.member, 'after the answer');
      two.leave(bob.member);
      await settled();
      return replies;
    },
  };
  const hub = await start(slow);
  const carol = await enter(t, hub, 'carol');
  t.same(carol.heard(), ['* carol joined lobby', '<alice> before the answer', '<alice> after the answer']);
  t.same(hub.who(carol.member), ['alice', 'carol'], 'bob left after he was reported');
});

t.test('a bus that cannot be asked does not keep the chat from starting', async (t) => {
  const [bus, other] = createFakeBuses(2) as [FakeBus, FakeBus];
  const hub = await start({ ...bus, request: () => Promise.reject(new Error('no answer')) });
  const alice = await enter(t, hub, 'alice');
  alice.heard();

  const stranger = { seq: 7, member: 'w2/1', nick: 'bob', room: 'lobby' };
  other.publish('chat/chat/event', { type: 'line', ...stranger, line: { id: 'w2/1', time: 1, text: '<bob> hi' } });
  await bus.settled();
  t.same(alice.heard(), ['* bob joined lobby', '<bob> hi'], 'whoever speaks is known from then on');
});

t.test('passes over what it cannot read', async (t) => {
  const [bus, other] = createFakeBuses(2) as [FakeBus, FakeBus];
  other.answer('chat/chat/state', () => ({ members: 'many' }));
  const hub = await start(bus);
  const alice = await enter(t, hub, 'alice');
  alice.heard();
  const presence = { seq: 1, member: 'w2/1', nick: 'bob', room: 'lobby' };
  const events = [
    null,
    'line',
    { type: 'dance', ...presence },
    { type: 'here', ...presence, nick: 7 },
    { type: 'here', ...presence, room: 'x'.repeat(65) },
    { type: 'here', ...presence, member: 'w1/1' },
    { type: 'gone', seq: 2, member: 'w1/1' },
    { type: 'gone', seq: 3, member: 'w2/77' },
  ];
  for (const event of events) other.publish('chat/chat/event', event);
  await bus.settled();
  t.same(alice.heard(), []);
  t.same(hub.who(alice.member), ['alice']);
});

t.test('two services are two chats', async (t) => {
  const [bus, other] = createFakeBuses(2) as [FakeBus, FakeBus];
  const one = await start(bus);
  const two = await createHub({ service: 'support', rooms: ['lobby'], history: 50, bus: other });
  const alice = await enter(t, one, 'alice');
  const support = await enter(t, two, 'alice');
  two.say(support.member, 'hello');
  await bus.settled();
  t.same(alice.heard(), ['* alice joined lobby']);
});

t.test('of a history that is too long, the newest lines are handed on and replayed', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const hub = await start(bus);
  const { member } = await enter(t, hub, 'alice');
  const numbersOf = (lines: string[]) => lines.map((line) => Number(line.split(' ')[1]));
  for (let count = 1; count <= 20; count += 1) hub.say(member, `${count} ${'x'.repeat(64 * 1024)}`);

  const [answer] = await bus.join().request('chat/chat/state', null);
  const { history } = (answer?.reply ?? { history: [] }) as { history: { lines: { text: string }[] }[] };
  const handedOn = numbersOf(history.flatMap(({ lines }) => lines.map(({ text }) => text)));
  t.same(handedOn, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 'a megabyte to another worker');

  const bob = await enter(t, hub, 'bob');
  t.same(numbersOf(bob.heard().slice(1)), [16, 17, 18, 19, 20], '384 KB to who joins');
});

t.test('the default history is replayed whole, whatever it is made of', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const hub = await start(bus);
  const { member } = await enter(t, hub, '𝒜'.repeat(32));
  for (let count = 1; count <= 50; count += 1) hub.say(member, '\ufffd'.repeat(2048));
  const bob = await enter(t, hub, 'bob');
  t.equal(bob.heard().length, 51);
});
