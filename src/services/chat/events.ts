import * as z from 'zod';

import type { Json } from '../../contract/index.ts';

/**
 * What the workers of one chat tell each other. They are ours and trusted, but one may be of the release before or after
 * this one: what cannot be read is passed over, so members may be added and never change their meaning. Every event
 * carries the whole of what it says about its member: who missed one learns it from the next.
 */
export type ChatEvent =
  /** Is in this room under this name now: the same for coming, moving and renaming. */
  | ({ readonly type: 'here' } & Numbered)
  /** Said something to the room; `line` is as shown. */
  | ({ readonly type: 'line'; readonly line: z.infer<typeof pastLine> } & Numbered)
  | ({ readonly type: 'gone' } & Pick<Numbered, 'seq' | 'member'>)
  /** To the member with the key `to`. */
  | ({ readonly type: 'private'; readonly to: string; readonly text: string } & Numbered);

interface Numbered extends Presence {
  /** Counts the events of one worker, so that a snapshot can say which of them it contains. */
  readonly seq: number;
}

export interface Presence {
  /** Key of the member; begins with the sender's id and a slash. */
  readonly member: string;
  readonly nick: string;
  readonly room: string;
}

/** What a worker answers to a new one: its own members, and all it remembers. */
export type Snapshot = z.infer<typeof snapshot>;

const name = z.string().min(1).max(64);
const text = z.string().max(256 * 1024);
const key = z.string().max(256);
const seq = z.number();
const member = z.object({ member: key, nick: name, room: name });
const presence = { seq, ...member.shape };
const pastLine = z.object({ id: key, time: z.number(), text });

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('here'), ...presence }),
  z.object({ type: z.literal('line'), ...presence, line: pastLine }),
  z.object({ type: z.literal('gone'), seq, member: key }),
  z.object({ type: z.literal('private'), ...presence, to: key, text }),
]);

const snapshot = z.object({
  seq,
  members: z.array(member).max(100_000),
  history: z.array(z.object({ room: name, lines: z.array(pastLine).max(10_000) })).max(100_000),
});

/** null: not an event of a member of that worker. */
export function readEvent(message: Json, from: string): ChatEvent | null {
  const { data } = event.safeParse(message);
  return data !== undefined && isOf(data.member, from) ? data : null;
}

export function readSnapshot(reply: Json, from: string): Snapshot | null {
  const { data } = snapshot.safeParse(reply);
  return data === undefined ? null : { ...data, members: data.members.filter(({ member }) => isOf(member, from)) };
}

/** What that worker answers when it is asked whether one of its members has a name; null: none has. */
export function readPresence(reply: Json, from: string): Presence | null {
  const { data } = member.safeParse(reply);
  return data !== undefined && isOf(data.member, from) ? data : null;
}

/** Whether the member with that key is on that worker. */
export function isOf(member: string, worker: string): boolean {
  return member.startsWith(`${worker}/`);
}
