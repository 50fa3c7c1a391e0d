import t from 'tap';

import { createRooms, type Member, type Room } from '../../../src/services/chat/rooms.ts';

const member = (nick: string, room: Room): Member => ({ key: `w1/${nick}`, nick, room, outlet: null });
const past = (id: string, time: number) => ({ id, time, text: `<a> ${id}` });
const idsOf = (room: Room): string[] => [...room.history.keys()];

t.test('rooms of the configuration stay, others vanish when the last one leaves', async (t) => {
  const rooms = createRooms(['lobby', 'dev'], 10);
  const names = () => rooms.all().map(({ name }) => name);
  t.same(names(), ['lobby', 'dev']);

  const alice = member('alice', rooms.open('LOBBY'));
  rooms.add(alice);
  t.equal(alice.room.name, 'lobby', 'as the configuration writes it');
  rooms.move(alice, rooms.open('Café'));
  t.same(names(), ['lobby', 'dev', 'Café']);
  const bob = member('bob', rooms.open('CAFE\u0301'));
  rooms.add(bob);
  t.equal(bob.room, alice.room);
  rooms.remove(alice);
  t.same(names(), ['lobby', 'dev', 'Café']);
  rooms.remove(bob);
  t.same(names(), ['lobby', 'dev']);
  t.equal(rooms.find('café'), undefined);
});

t.test('remembers so many lines, each once', async (t) => {
  const rooms = createRooms(['lobby'], 3);
  const lobby = rooms.open('lobby');
  for (const id of ['1', '2', '2', '3']) rooms.remember(lobby, past(id, Number(id)));
  t.same(idsOf(lobby), ['1', '2', '3'], 'at the limit');
  rooms.remember(lobby, past('4', 4));
  t.same(idsOf(lobby), ['2', '3', '4'], 'one past it');
});

t.test('puts what others remember where it belongs', async (t) => {
  const rooms = createRooms(['lobby'], 4);
  const lobby = rooms.open('lobby');
  rooms.merge(lobby, [past('b1', 2), past('b2', 4)]);
  rooms.merge(lobby, [past('b1', 2), past('c1', 3)]);
  t.same(idsOf(lobby), ['b1', 'c1', 'b2']);
  rooms.merge(lobby, [past('d1', 1), past('d2', 5)]);
  t.same(idsOf(lobby), ['b1', 'c1', 'b2', 'd2'], 'the oldest goes');
});

t.test('a history of 0 remembers nothing', async (t) => {
  const rooms = createRooms(['lobby'], 0);
  rooms.remember(rooms.open('lobby'), past('1', 1));
  rooms.merge(rooms.open('lobby'), [past('2', 2)]);
  t.same(idsOf(rooms.open('lobby')), []);
});
