import type { Json } from '../contract/bus.ts';
import type { ToMaster, ToWorker } from '../contract/channel.ts';

/** The middle of the bus: hands messages on, knows who answers what and who holds which name. */
export interface BusRouter {
  join(id: string, send: (message: ToWorker) => void): void;
  /** A worker has ended: its names are free again, and the others hear of it. */
  leave(id: string): void;
  receive(from: string, message: Extract<ToMaster, { type: 'bus' | 'bus-answers' | 'bus-reply' | 'release' }>): void;
  claim(id: string, name: string): boolean;
  request(from: string, topic: string, message: Json): Promise<Json>;
  /** For the next master image after an upgrade. */
  save(): BusState;
  restore(state: BusState): void;
}

export interface BusState {
  readonly claims: readonly (readonly [string, string])[];
  readonly answers: readonly (readonly [string, readonly string[]])[];
}

// One worker that is busy must not hold up another's start for longer.
const requestTimeoutMs = 1_000;
// Of one worker: it must not be able to fill the master with names, nor to take all there may be from the others.
const maxClaims = 100_000;
const maxTopics = 1_000;

interface Request {
  readonly waitingFor: Set<string>;
  readonly replies: { from: string; reply: Json }[];
  finish(): void;
}

// Of one worker in ten seconds: the queues to the others, who may be busy, hold more than this.
const flow = { windowMs: 10_000, messages: 200_000, bytes: 32 * 1024 ** 2 };

export function createBusRouter(): BusRouter {
  const members = new Map<string, (message: ToWorker) => void>();
  const answers = new Map<string, Set<string>>();
  const claims = new Map<string, string>();
  const claimCounts = new Map<string, number>();
  const requests = new Map<number, Request>();
  const flows = new Map<string, { since: number; messages: number; bytes: number }>();
  let lastRequest = 0;

  const sendToOthers = (from: string, message: ToWorker): void => {
    for (const [id, send] of members) if (id !== from) send(message);
  };
  /** Throws for who says more than the others could take in: it is the one that has to end, not they. */
  const count = (from: string, message: Json): void => {
    const now = performance.now();
    const known = flows.get(from);
    const its =
      known === undefined || now - known.since >= flow.windowMs ? { since: now, messages: 0, bytes: 0 } : known;
    flows.set(from, its);
    its.messages += 1;
    its.bytes +=
      typeof message === 'object' && message !== null ? JSON.stringify(message).length : String(message).length;
    if (its.messages > flow.messages || its.bytes > flow.bytes) throw new Error('it floods the bus');
  };
  const settled = (request: Request, from: string): void => {
    if (request.waitingFor.delete(from) && request.waitingFor.size === 0) request.finish();
  };
  const answer = (id: string, topic: string): void => {
    let count = 0;
    for (const ids of answers.values()) if (ids.has(id)) count += 1;
    if (count >= maxTopics) throw new Error(`more than ${maxTopics} topics are answered`);
    answers.set(topic, (answers.get(topic) ?? new Set()).add(id));
  };
  const unanswer = (id: string, topic: string): void => {
    const ids = answers.get(topic);
    if (ids?.delete(id) === true && ids.size === 0) answers.delete(topic);
  };
  const hold = (name: string, id: string): void => {
    claims.set(name, id);
    claimCounts.set(id, (claimCounts.get(id) ?? 0) + 1);
  };
  const release = (name: string, id: string): void => {
    claims.delete(name);
    const left = (claimCounts.get(id) ?? 1) - 1;
    if (left > 0) claimCounts.set(id, left);
    else claimCounts.delete(id);
  };

  return {
    join: (id, send) => void members.set(id, send),
    leave(id) {
      members.delete(id);
      flows.delete(id);
      for (const topic of answers.keys()) unanswer(id, topic);
      for (const [name, holder] of claims) if (holder === id) release(name, id);
      for (const request of requests.values()) settled(request, id);
      sendToOthers(id, { type: 'bus-gone', id });
    },
    receive(from, message) {
      if (message.type === 'bus') {
        count(from, message.message);
        sendToOthers(from, { type: 'bus', topic: message.topic, from, message: message.message });
      } else if (message.type === 'bus-answers') {
        if (message.on) answer(from, message.topic);
        else unanswer(from, message.topic);
      } else if (message.type === 'release') {
        if (claims.get(message.name) === from) release(message.name, from);
      } else {
        const request = requests.get(message.id);
        if (request?.waitingFor.has(from) !== true) return;
        request.replies.push({ from, reply: message.reply });
        settled(request, from);
      }
    },
    claim(id, name) {
      const holder = claims.get(name);
      if (holder !== undefined) return holder === id;
      if ((claimCounts.get(id) ?? 0) >= maxClaims) return false;
      hold(name, id);
      return true;
    },
    request(from, topic, message) {
      const waitingFor = new Set([...(answers.get(topic) ?? [])].filter((id) => id !== from && members.has(id)));
      if (waitingFor.size === 0) return Promise.resolve([]);
      const id = ++lastRequest;
      const { promise, resolve } = Promise.withResolvers<Json>();
      const replies: Request['replies'] = [];
      const timer = setTimeout(() => requests.get(id)?.finish(), requestTimeoutMs);
      const finish = (): void => {
        clearTimeout(timer);
        requests.delete(id);
        resolve(replies);
      };
      requests.set(id, { waitingFor, replies, finish });
      for (const member of waitingFor) members.get(member)?.({ type: 'bus-ask', topic, from, id, message });
      return promise;
    },
    save: () => ({ claims: [...claims], answers: [...answers].map(([topic, ids]) => [topic, [...ids]] as const) }),
    restore(state) {
      for (const [name, id] of state.claims) hold(name, id);
      for (const [topic, ids] of state.answers) answers.set(topic, new Set(ids));
    },
  };
}
