import t from 'tap';

import { isSessionReport, readWorkerMessage } from '../../src/master/worker-message.ts';

const session = {
  id: 'abcdefghjkmn',
  service: 'echo',
  peer: '127.0.0.1:4000',
  local: '127.0.0.1:2007',
  account: null,
  tls: null,
  started: '2026-01-02T03:04:05.000Z',
  bytes: { in: 1, out: null },
  state: 'active',
};

const ban = { source: '192.0.2.1', until: null, reason: 'sensor', service: 'trap', since: 1 };
const block = { from: 1, to: 2, count: 1, text: 'a|b' };

t.test('takes what workers say', async (t) => {
  for (const message of [
    { type: 'starting', service: 'echo' },
    { type: 'ready', failed: { echo: 'no' }, bound: { 'time/0': 2037 } },
    { type: 'failed', error: 'x'.repeat(100_000) },
    { type: 'pong', rss: 1000 },
    { type: 'report', report: null },
    { type: 'reply', id: 1, value: [1] },
    { type: 'ask', id: 1, what: 'claim', argument: 'name' },
    { type: 'release', name: 'x'.repeat(1024) },
    { type: 'bus', topic: 'chat', message: { any: 'thing' } },
    { type: 'bus-answers', topic: 'chat', on: true },
    { type: 'bus-reply', id: 1, to: 'b', reply: null },
    { type: 'session', event: { event: 'start', session } },
    { type: 'ask', id: 1, what: 'registry', argument: { what: 'anything' } },
    { type: 'ask', id: 1, what: 'challenge', argument: null },
    { type: 'bans', bans: [] },
    { type: 'bans', bans: [ban, { ...ban, until: 5, service: null }] },
    { type: 'journal', block: { ...block, text: 'x'.repeat(1024 ** 2) } },
    { type: 'session', event: { event: 'end', session, reason: 'idle', duration: 0.5 } },
  ])
    t.equal(readWorkerMessage(message), message, message.type);
});

t.test('throws for what a worker that was taken over may say', async (t) => {
  const others: unknown[] = [null, 1, 'ready', [], {}, { type: 'start' }, { type: 'toString' }, { type: ['pong'] }];
  for (const said of others)
    t.throws(() => readWorkerMessage(said), { message: /got something else$/ }, JSON.stringify(said));
  for (const said of [
    { type: 'starting', service: 7 },
    { type: 'ready', failed: null, bound: {} },
    { type: 'ready', failed: { echo: {} }, bound: {} },
    { type: 'ready', failed: {}, bound: { 'echo/0': '7' } },
    { type: 'ready', failed: {}, bound: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, i])) },
    { type: 'pong', rss: { a: 1 } },
    { type: 'pong', rss: null },
    // It would stand in the reply, and make that too long to be sent.
    { type: 'ask', id: 'x'.repeat(1_000_000), what: 'status', argument: null },
    { type: 'ask', id: 1, what: 'password', argument: null },
    { type: 'release', name: 'x'.repeat(1025) },
    { type: 'bus', topic: null, message: 1 },
    { type: 'bus-answers', topic: 'chat', on: 1 },
    { type: 'session', event: { event: 'start', session: {} } },
    { type: 'bans', bans: null },
    { type: 'bans', bans: {} },
    { type: 'bans', bans: [null] },
    { type: 'bans', bans: [{ ...ban, source: 7 }] },
    { type: 'bans', bans: [{ ...ban, source: 'x'.repeat(1025) }] },
    { type: 'bans', bans: [{ ...ban, until: 'soon' }] },
    { type: 'bans', bans: [{ ...ban, until: -1 }] },
    { type: 'bans', bans: [{ ...ban, since: null }] },
    { type: 'bans', bans: [{ ...ban, service: {} }] },
    { type: 'journal', block: null },
    { type: 'journal', block: [] },
    { type: 'journal', block: { ...block, text: 5 } },
    { type: 'journal', block: { ...block, text: 'x'.repeat(1024 ** 2 + 1) } },
    { type: 'journal', block: { ...block, count: '1' } },
    { type: 'journal', block: { ...block, from: -1 } },
    { type: 'journal', block: { ...block, to: null } },
    { type: 'session', event: { event: 'begin', session } },
    { type: 'session', event: { event: 'end', session, duration: 'long' } },
  ])
    t.throws(() => readWorkerMessage(said), {
      message: `expected a message to the master, got a wrong "${said.type}"`,
    });
});

t.test('a session has all its texts', async (t) => {
  t.equal(isSessionReport(session), true);
  for (const [name, wrong] of [
    ['id', null],
    ['peer', 'x'.repeat(1025)],
    ['account', 7],
    ['tls', {}],
    ['bytes', null],
    ['bytes', { in: '1', out: 1 }],
  ] as const)
    t.equal(isSessionReport({ ...session, [name]: wrong }), false, name);
});
