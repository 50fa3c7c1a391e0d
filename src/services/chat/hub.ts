import type { Bus } from '../../contract/index.ts';
import { isOf, type ChatEvent, type Presence, type Snapshot } from './events.ts';
import { foldName, nameRule, readName } from './names.ts';
import { followOthers } from './others.ts';
import type { Outlet } from './outlet.ts';
import { createPeople } from './people.ts';
import { createRooms, type Member, type PastLine, type Room } from './rooms.ts';

/** What may be asked of a chat. What returns a string or null returns the reason why not. */
export interface Hub {
  /** Into the first room. A string: why not. */
  enter(nick: string, outlet: Outlet): Promise<Member | string>;
  rename(member: Member, nick: string): Promise<string | null>;
  join(member: Member, room: string): string | null;
  say(member: Member, text: string): void;
  act(member: Member, text: string): void;
  whisper(member: Member, nick: string, text: string): Promise<string | null>;
  /** Everyone in the member's room, in the order of their coming. */
  who(member: Member): string[];
  rooms(): { readonly name: string; readonly members: number }[];
  leave(member: Member): void;
  stop(): void;
}

export interface HubOptions {
  /** The service's name: what is one chat. */
  readonly service: string;
  /** The first is where everybody enters. */
  readonly rooms: readonly string[];
  readonly history: number;
  readonly bus: Bus;
}

/** Rooms that peers may have opened at once; with 50 lines of 2 KB in each they hold some 20 MB. */
export const maxRooms = 200;

/**
 * The newest of a history that are replayed. The default history always fits, even when every byte of it was no UTF-8 and
 * became three: 50 * (3 * 2 KB + a nickname).
 */
export const maxReplayBytes = 384 * 1024;

/** The rules of the chat, and its state over all workers. Knows no sockets. Ready when the other workers were asked. */
export async function createHub({ service, rooms: roomNames, history, bus }: HubOptions): Promise<Hub> {
  const rooms = createRooms(roomNames, history);
  const people = createPeople();
  /** Names of this worker's members, folded; the bus holds them against the other workers. */
  const names = new Set<string>();
  const topic = `chat/${service}`;
  const entrance = roomNames[0] ?? 'lobby';
  let memberCount = 0;
  let lineCount = 0;

  const others = await followOthers({
    bus,
    topic,
    onEvent: takeEvent,
    onSnapshot: takeSnapshot,
    onGone: (worker) =>
      people
        .all()
        .filter(({ key }) => isOf(key, worker))
        .forEach(forget),
    ownMember(nick) {
      const member = people.byName(nick);
      return member === undefined || member.outlet === null ? null : presenceOf(member);
    },
    snapshot: () => ({
      members: people.all().flatMap((member) => (member.outlet === null ? [] : [presenceOf(member)])),
      history: rooms.all().map((room) => ({ room: room.name, lines: [...room.history.values()] })),
    }),
  });

  async function take(nick: string): Promise<boolean> {
    const name = foldName(nick);
    if (names.has(name)) return false;
    names.add(name);
    const isOurs = await bus.claim(`${topic}/nick/${name}`).catch(() => false);
    if (!isOurs) names.delete(name);
    return isOurs;
  }

  function giveBack(nick: string): void {
    const name = foldName(nick);
    if (names.delete(name)) bus.release(`${topic}/nick/${name}`);
  }

  /** A new name, a new place, or a new member: the notices follow from what was known before. */
  function place(member: Member, nick: string, room: Room): void {
    if (people.byKey(member.key) === undefined) {
      people.add(member);
      rooms.add(member);
      tell(room, `* ${nick} joined ${room.name}`);
      replay(member);
      return;
    }
    if (member.nick !== nick) {
      tell(member.room, `* ${member.nick} is now ${nick}`);
      people.rename(member, nick);
    }
    if (member.room !== room) {
      tell(member.room, `* ${nick} left ${member.room.name}`, member);
      rooms.move(member, room);
      tell(room, `* ${nick} joined ${room.name}`);
      replay(member);
    }
  }

  function forget(member: Member): void {
    if (!people.remove(member)) return;
    rooms.remove(member);
    tell(member.room, `* ${member.nick} left ${member.room.name}`);
  }

  function replay({ outlet, room }: Member): void {
    if (outlet === null || room.history.size === 0) return;
    const lines = [...room.history.values()].map(({ text }) => encode(text));
    let bytes = 0;
    const oldest = lines.findLastIndex((line) => (bytes += line.length) > maxReplayBytes);
    outlet.send(Buffer.concat(lines.slice(oldest + 1)));
  }

  function speak(member: Member, text: string): void {
    lineCount += 1;
    const line = { id: `${bus.id}/${lineCount}`, time: Date.now(), text };
    hear(member, line);
    others.publish({ type: 'line', ...presenceOf(member), line });
  }

  function hear(member: Member, line: PastLine): void {
    rooms.remember(member.room, line);
    tell(member.room, line.text, member);
  }

  function takeEvent(event: ChatEvent): void {
    if (event.type === 'gone') {
      const known = people.byKey(event.member);
      if (known !== undefined) forget(known);
      return;
    }
    const member = learn(event);
    if (event.type === 'line') hear(member, event.line);
    if (event.type === 'private') people.byKey(event.to)?.outlet?.send(encode(`-${event.nick}- ${event.text}`));
  }

  function takeSnapshot({ members, history: pasts }: Snapshot): void {
    for (const member of members) learn(member);
    for (const { room, lines } of pasts) {
      const known = rooms.find(room);
      if (known !== undefined) rooms.merge(known, lines);
    }
  }

  /** What another worker says of one of its members. */
  function learn({ member: key, nick, room: name }: Presence): Member {
    const room = rooms.open(name);
    const member = people.byKey(key) ?? { key, nick, room, outlet: null };
    place(member, nick, room);
    return member;
  }

  /**
   * The key of who has that name. Of its own members a worker is certain; who is on another one may have come, or be called that, so
   * lately that the news of it are still on their way.
   */
  async function keyOf(text: string): Promise<string | null> {
    const nick = readName(text);
    if (nick === null) return null;
    const own = people.byName(nick);
    if (own !== undefined && own.outlet !== null) return own.key;
    const found = await others.find(nick);
    return found?.member ?? people.byName(nick)?.key ?? null;
  }

  return {
    async enter(text, outlet) {
      const nick = readName(text);
      if (nick === null) return nameRule;
      if (!(await take(nick))) return `${nick} is taken`;
      memberCount += 1;
      const room = rooms.open(entrance);
      const member: Member = { key: `${bus.id}/${memberCount}`, nick, room, outlet };
      place(member, nick, room);
      others.publish({ type: 'here', ...presenceOf(member) });
      return member;
    },
    async rename(member, text) {
      const nick = readName(text);
      if (nick === null) return nameRule;
      const old = member.nick;
      const isSame = foldName(nick) === foldName(old);
      if (!isSame && !(await take(nick))) return `${nick} is taken`;
      place(member, nick, member.room);
      others.publish({ type: 'here', ...presenceOf(member) });
      if (!isSame) giveBack(old);
      return null;
    },
    join(member, text) {
      const name = readName(text);
      if (name === null) return nameRule;
      const room = rooms.find(name);
      if (room === member.room) return `you are in ${room.name}`;
      if (room === undefined && rooms.all().length >= maxRooms + roomNames.length) return 'there are too many rooms';
      place(member, member.nick, room ?? rooms.open(name));
      others.publish({ type: 'here', ...presenceOf(member) });
      return null;
    },
    say: (member, text) => speak(member, `<${member.nick}> ${text}`),
    act: (member, text) => speak(member, `* ${member.nick} ${text}`),
    async whisper(member, nick, text) {
      const to = await keyOf(nick);
      if (to === null) return 'there is nobody of that name';
      const outlet = people.byKey(to)?.outlet ?? null;
      if (outlet === null) others.publish({ type: 'private', ...presenceOf(member), to, text });
      else outlet.send(encode(`-${member.nick}- ${text}`));
      return null;
    },
    who: ({ room }) => [...room.members].map(({ nick }) => nick),
    rooms: () => rooms.all().map(({ name, members: { size } }) => ({ name, members: size })),
    leave(member) {
      forget(member);
      others.publish({ type: 'gone', member: member.key });
      giveBack(member.nick);
    },
    stop() {
      others.stop();
      for (const name of names) bus.release(`${topic}/nick/${name}`);
    },
  };
}

function presenceOf({ key, nick, room }: Member): Presence {
  return { member: key, nick, room: room.name };
}

/** Encoded once, however many are in the room. */
function tell(room: Room, text: string, except?: Member): void {
  if (room.members.size === 0) return;
  const line = encode(text);
  for (const member of room.members) if (member !== except) member.outlet?.send(line);
}

function encode(text: string): Buffer {
  return Buffer.from(`${text}\r\n`);
}
