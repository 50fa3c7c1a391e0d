import type { Bus } from '../../contract/index.ts';
import { readEvent, readPresence, readSnapshot, type ChatEvent, type Presence, type Snapshot } from './events.ts';

/** The other workers of the same chat. */
export interface Others {
  publish(event: Unnumbered<ChatEvent>): void;
  /**
   * Which member of theirs has that name now; null: none, or it is one of a worker that does not answer. What those who answer
   * have said before has been heard by then.
   */
  find(name: string): Promise<Presence | null>;
  stop(): void;
}

export interface OthersOptions {
  readonly bus: Bus;
  readonly topic: string;
  readonly onEvent: (event: ChatEvent) => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** That worker has ended. */
  readonly onGone: (worker: string) => void;
  /** What another worker has to know when it starts. */
  readonly snapshot: () => Omit<Snapshot, 'seq'>;
  /** Which of this worker's own members has that name. */
  readonly ownMember: (name: string) => Presence | null;
}

/**
 * Asks the others what they know, and keeps up with it from then on. Events that arrive during the asking are held back:
 * first comes what a worker answered, then what it said after its answer. Ready when all that is done.
 */
export async function followOthers(options: OthersOptions): Promise<Others> {
  const { bus, topic, onEvent, onSnapshot, onGone, snapshot, ownMember } = options;
  let seq = 0;
  let early: { readonly event: ChatEvent | null; readonly from: string }[] | null = [];

  const endings = [
    bus.subscribe(`${topic}/event`, (message, from) => {
      const event = readEvent(message, from);
      if (event === null) return;
      if (early === null) onEvent(event);
      else if (early.length < maxEarlyEvents) early.push({ event, from });
    }),
    bus.answer(`${topic}/state`, () => ({ seq, ...boundSnapshot(snapshot()) })),
    bus.answer(`${topic}/who`, (name) => {
      const found = typeof name === 'string' ? ownMember(name) : null;
      return found === null ? null : { ...found };
    }),
    bus.onGone((worker) => {
      if (early === null) onGone(worker);
      else early.push({ event: null, from: worker });
    }),
  ];

  const known = new Map<string, number>();
  // Nobody answering is no reason not to start: what the others do next tells who they are.
  for (const { from, reply } of await bus.request(`${topic}/state`, null).catch(() => [])) {
    const state = readSnapshot(reply, from);
    if (state === null) continue;
    known.set(from, state.seq);
    onSnapshot(state);
  }
  for (const { event, from } of early) {
    if (event === null) onGone(from);
    else if (event.seq > (known.get(from) ?? 0)) onEvent(event);
  }
  early = null;

  return {
    publish(event) {
      seq += 1;
      bus.publish(`${topic}/event`, { ...event, seq });
    },
    async find(name) {
      const replies = await bus.request(`${topic}/who`, name).catch(() => []);
      return replies.map(({ from, reply }) => readPresence(reply, from)).find((found) => found !== null) ?? null;
    },
    stop: () => endings.forEach((end) => end()),
  };
}

/** A second of asking, at the default rate and with several thousand members. */
const maxEarlyEvents = 20_000;

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'seq'> : never;

/** Of everything remembered the newest lines, as many as a message may carry. */
function boundSnapshot({ members, history }: Omit<Snapshot, 'seq'>): Omit<Snapshot, 'seq'> {
  // Turned around before it is sorted: of one millisecond's lines the last one is the newest, too.
  const newest = history.flatMap(({ lines }) => lines.toReversed()).sort((a, b) => b.time - a.time);
  const kept = new Set<string>();
  let room = maxSnapshotCharacters;
  for (const { id, text } of newest) {
    room -= text.length;
    if (room < 0) break;
    kept.add(id);
  }
  return {
    members,
    history: history.map((past) => ({ room: past.room, lines: past.lines.filter(({ id }) => kept.has(id)) })),
  };
}

const maxSnapshotCharacters = 1024 * 1024;
