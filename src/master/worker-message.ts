import type { SessionEvent, SessionReport, ToMaster } from '../contract/channel.ts';

// Names and topics of the bus: the master keeps them, so they are short.
export const maxNameLength = 1024;
const maxEntries = 10_000;
// A block of the journal; full ones are a third of it at the most.
const maxBlockLength = 1024 ** 2;

/**
 * What a worker said, if it has the shape of something that workers say; throws otherwise. A worker was talking to peers and
 * may be one's puppet. Members whose meaning is the receiver's affair (`argument`, `value`, `report`, `message`) are not
 * looked into.
 */
export function readWorkerMessage(said: unknown): ToMaster {
  const message = isRecord(said) ? said : {};
  const { type } = message;
  const isKnown = typeof type === 'string' && Object.hasOwn(shapes, type);
  if (!isKnown || !shapes[type as ToMaster['type']](message)) {
    throw new Error(`expected a message to the master, got ${isKnown ? `a wrong "${type}"` : 'something else'}`);
  }
  return message as unknown as ToMaster;
}

/** A session as a worker shows it: whoever lists sessions can rely on the texts being texts. */
export function isSessionReport(said: unknown): said is SessionReport {
  if (!isRecord(said)) return false;
  const { id, service, peer, local, account, tls, started, bytes, state } = said;
  return (
    [id, service, peer, local, started, state].every(isName) &&
    (account === null || isName(account)) &&
    (tls === null || isName(tls)) &&
    isRecord(bytes) &&
    [bytes['in'], bytes['out']].every((count) => count === null || isCount(count))
  );
}

type Message = Readonly<Record<string, unknown>>;

const questions: readonly unknown[] = ['status', 'metrics', 'sessions', 'claim', 'bus', 'registry', 'challenge'];

const shapes: Readonly<Record<ToMaster['type'], (message: Message) => boolean>> = {
  starting: ({ service }) => isName(service),
  ready: ({ failed, bound }) => isMapOf(failed, isText) && isMapOf(bound, isCount),
  failed: ({ error }) => isText(error),
  pong: ({ rss }) => isCount(rss),
  report: () => true,
  reply: ({ id }) => isCount(id),
  ask: ({ id, what }) => isCount(id) && questions.includes(what),
  release: ({ name }) => isName(name),
  bus: ({ topic }) => isName(topic),
  'bus-answers': ({ topic, on }) => isName(topic) && typeof on === 'boolean',
  'bus-reply': ({ id }) => isCount(id),
  session: ({ event }) => isSessionEvent(event),
  bans: ({ bans }) => Array.isArray(bans) && bans.every(isBan),
  queued: ({ tryNow }) => tryNow === undefined || tryNow === null || isName(tryNow),
  journal: ({ block }) => isBlock(block),
};

function isBan(said: unknown): boolean {
  if (!isRecord(said)) return false;
  const { source, until, reason, service, since } = said;
  return (
    isName(source) &&
    isName(reason) &&
    isCount(since) &&
    (until === null || isCount(until)) &&
    (service === null || isName(service))
  );
}

function isBlock(said: unknown): boolean {
  if (!isRecord(said)) return false;
  const { from, to, count, text } = said;
  return isCount(from) && isCount(to) && isCount(count) && isText(text) && text.length <= maxBlockLength;
}

function isSessionEvent(said: unknown): said is SessionEvent {
  if (!isRecord(said)) return false;
  const { event, session, reason, duration } = said;
  return (
    (event === 'start' || event === 'end') &&
    isSessionReport(session) &&
    (reason === undefined || isName(reason)) &&
    (duration === undefined || isCount(duration))
  );
}

function isMapOf(said: unknown, isValue: (value: unknown) => boolean): boolean {
  return isRecord(said) && Object.keys(said).length <= maxEntries && Object.values(said).every(isValue);
}

export function isRecord(said: unknown): said is Readonly<Record<string, unknown>> {
  return typeof said === 'object' && said !== null && !Array.isArray(said);
}

function isText(said: unknown): said is string {
  return typeof said === 'string';
}

export function isName(said: unknown): said is string {
  return typeof said === 'string' && said.length <= maxNameLength;
}

function isCount(said: unknown): said is number {
  return typeof said === 'number' && said >= 0;
}
