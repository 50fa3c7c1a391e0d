import type { Bus, Json } from '../../src/contract/index.ts';

/**
 * The buses of `count` workers that live in this process. As between real workers, everything is JSON on its way, arrives
 * later than it was sent, in order per sender, and nobody hears itself.
 */
export function createFakeBuses(count: number): FakeBus[] {
  const claims = new Map<string, string>();
  const members: Member[] = [];
  const add = (): FakeBus => {
    const member = createMember(`w${members.length + 1}`, members, claims, add);
    members.push(member);
    return member.bus;
  };
  return Array.from({ length: count }, add);
}

export interface FakeBus extends Bus {
  /** How the worker's process ends, with or without warning: its claims are free, the others are told. */
  end(): void;
  /** One more worker on the same bus. */
  join(): FakeBus;
  /** Resolves when everything published so far by anyone has arrived. */
  readonly settled: () => Promise<void>;
  /** What this worker holds. */
  claims(): string[];
}

interface Member {
  readonly bus: FakeBus;
  alive: boolean;
  readonly subscribers: Map<string, Set<(message: Json, from: string) => void>>;
  readonly answers: Map<string, (message: Json, from: string) => Json>;
  readonly gone: Set<(id: string) => void>;
}

function createMember(id: string, members: Member[], claims: Map<string, string>, join: () => FakeBus): Member {
  const others = () => members.filter((other) => other !== member && other.alive);
  const bus: FakeBus = {
    id,
    publish(topic, message) {
      if (!member.alive) return;
      const text = JSON.stringify(message);
      for (const other of others()) {
        later(() => {
          if (!other.alive) return;
          for (const listener of other.subscribers.get(topic) ?? []) listener(JSON.parse(text), id);
        });
      }
    },
    subscribe(topic, listener) {
      const listeners = member.subscribers.get(topic) ?? new Set();
      member.subscribers.set(topic, listeners.add(listener));
      return () => void listeners.delete(listener);
    },
    async request(topic, message) {
      const text = JSON.stringify(message);
      const replies = others().map(async (other) => {
        await arrival();
        const answer = other.alive ? other.answers.get(topic) : undefined;
        if (answer === undefined) return [];
        const reply: Json = JSON.parse(JSON.stringify(answer(JSON.parse(text), id)));
        await arrival();
        return [{ from: other.bus.id, reply }];
      });
      return (await Promise.all(replies)).flat();
    },
    answer(topic, handler) {
      member.answers.set(topic, handler);
      return () => void member.answers.delete(topic);
    },
    async claim(name) {
      await arrival();
      const holder = claims.get(name);
      if (holder === undefined) claims.set(name, id);
      return (claims.get(name) ?? '') === id;
    },
    release(name) {
      if (claims.get(name) === id) claims.delete(name);
    },
    onGone(listener) {
      member.gone.add(listener);
      return () => void member.gone.delete(listener);
    },
    end() {
      member.alive = false;
      for (const [name, holder] of claims) if (holder === id) claims.delete(name);
      for (const other of others()) later(() => other.gone.forEach((listener) => listener(id)));
    },
    join,
    async settled() {
      // A message may be the cause of another one.
      for (let turn = 0; turn < 5; turn += 1) await arrival();
    },
    claims: () => [...claims].flatMap(([name, holder]) => (holder === id ? [name] : [])),
  };
  const member: Member = { bus, alive: true, subscribers: new Map(), answers: new Map(), gone: new Set() };
  return member;
}

function later(deliver: () => void): void {
  setImmediate(deliver);
}

function arrival(): Promise<void> {
  return new Promise((resolve) => {
    later(resolve);
  });
}
