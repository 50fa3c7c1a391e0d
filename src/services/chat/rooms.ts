import { foldName } from './names.ts';
import type { Outlet } from './outlet.ts';

// Who is where, and what was said there last, over all workers. Data only: no rules, no messages.

export interface Member {
  /** Unique for the daemon's life; begins with the id of its worker and a slash. */
  readonly key: string;
  nick: string;
  room: Room;
  /** null: the member's session is another worker's. */
  readonly outlet: Outlet | null;
}

export interface Room {
  /** As its opener wrote it. */
  readonly name: string;
  /** From the configuration: stays when it is empty. */
  readonly isKept: boolean;
  readonly members: Set<Member>;
  /** Oldest first, by id. */
  readonly history: Map<string, PastLine>;
}

export interface PastLine {
  readonly id: string;
  /** Milliseconds since the epoch, by the clock of the worker that it came through. */
  readonly time: number;
  /** As it was shown: "<nick> text". */
  readonly text: string;
}

export interface Rooms {
  /** The room, made if there is none. It stays only if somebody is put into it. */
  open(name: string): Room;
  find(name: string): Room | undefined;
  all(): Room[];
  /** Into the member's `room`. */
  add(member: Member): void;
  move(member: Member, room: Room): void;
  remove(member: Member): void;
  /** A line that is known by its id is not taken twice. */
  remember(room: Room, line: PastLine): void;
  /** Lines that others remember, put where their time says. */
  merge(room: Room, lines: readonly PastLine[]): void;
}

export function createRooms(keptNames: readonly string[], historyLines: number): Rooms {
  const rooms = new Map<string, Room>();
  const make = (name: string, isKept: boolean): Room => ({ name, isKept, members: new Set(), history: new Map() });
  for (const name of keptNames) rooms.set(foldName(name), make(name, true));

  const leave = (member: Member): void => {
    const { room } = member;
    room.members.delete(member);
    if (room.members.size === 0 && !room.isKept) rooms.delete(foldName(room.name));
  };
  const enter = (member: Member, room: Room): void => {
    // It may have vanished when the last one left it.
    rooms.set(foldName(room.name), room);
    room.members.add(member);
    member.room = room;
  };
  const forget = (room: Room): void => {
    for (const id of room.history.keys()) {
      if (room.history.size <= historyLines) return;
      room.history.delete(id);
    }
  };

  return {
    open: (name) => rooms.get(foldName(name)) ?? make(name, false),
    find: (name) => rooms.get(foldName(name)),
    all: () => [...rooms.values()],
    add: (member) => enter(member, member.room),
    move(member, room) {
      leave(member);
      enter(member, room);
    },
    remove: leave,
    remember(room, line) {
      if (!room.history.has(line.id)) room.history.set(line.id, line);
      forget(room);
    },
    merge(room, lines) {
      const all = [...room.history.values(), ...lines].sort((a, b) => a.time - b.time);
      room.history.clear();
      for (const line of all) room.history.set(line.id, line);
      forget(room);
    },
  };
}
