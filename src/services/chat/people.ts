import { foldName } from './names.ts';
import type { Member } from './rooms.ts';

/** Everyone in the chat, on this worker and the others. */
export interface People {
  add(member: Member): void;
  /** False when there was no such member any more. */
  remove(member: Member): boolean;
  rename(member: Member, nick: string): void;
  byKey(key: string): Member | undefined;
  byName(nick: string): Member | undefined;
  all(): Member[];
}

export function createPeople(): People {
  const byKey = new Map<string, Member>();
  const byName = new Map<string, Member>();
  const unname = (member: Member): void => {
    const name = foldName(member.nick);
    // News of two workers may cross: the name can be somebody else's already.
    if (byName.get(name) === member) byName.delete(name);
  };

  return {
    add(member) {
      byKey.set(member.key, member);
      byName.set(foldName(member.nick), member);
    },
    remove(member) {
      unname(member);
      return byKey.delete(member.key);
    },
    rename(member, nick) {
      unname(member);
      member.nick = nick;
      byName.set(foldName(nick), member);
    },
    byKey: (key) => byKey.get(key),
    byName: (nick) => byName.get(foldName(nick)),
    all: () => [...byKey.values()],
  };
}
