import { once } from 'node:events';
import { mock } from 'node:test';

import t from 'tap';

import { createIdleWatch } from '../../src/listeners/idle-watch.ts';
import { createSessionTable } from '../../src/listeners/session-table.ts';
import type { LiveSession, SessionHost } from '../../src/listeners/session.ts';
import { serve } from '../support/serve.ts';
import discard from '../../src/services/discard.ts';

const hostOf = (idleMs: number | null): SessionHost => ({ service: 'echo', idleMs }) as SessionHost;

type FakeSession = LiveSession & { looks: number };

function fakeSession(host: SessionHost): FakeSession {
  const session = { host, place: -1, looks: 0, lookForLife: (): number => (session.looks += 1) };
  return session as unknown as FakeSession;
}

t.test('looks at the sessions of its own listener, eight times in an idle limit', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const host = hostOf(800);
  const sessions = createSessionTable();
  const watch = createIdleWatch(host, sessions);
  const own = fakeSession(host);
  const other = fakeSession(hostOf(800));
  sessions.add(own);
  sessions.add(other);
  watch.begin();
  watch.begin();
  mock.timers.tick(99);
  t.equal(own.looks, 0);
  mock.timers.tick(1);
  t.equal(own.looks, 1);
  mock.timers.tick(700);
  t.equal(own.looks, 8);
  t.equal(other.looks, 0);
});

t.test('looks at least every five seconds, at most every ten milliseconds', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  for (const [idleMs, everyMs] of [
    [1, 10],
    [80, 10],
    [40_000, 5_000],
    [86_400_000, 5_000],
  ] as const) {
    const host = hostOf(idleMs);
    const sessions = createSessionTable();
    const session = fakeSession(host);
    sessions.add(session);
    createIdleWatch(host, sessions).begin();
    mock.timers.tick(everyMs - 1);
    t.equal(session.looks, 0, `not before ${everyMs} ms`);
    mock.timers.tick(1);
    t.equal(session.looks, 1, `after ${everyMs} ms`);
    sessions.delete(session);
    mock.timers.tick(everyMs);
  }
});

t.test('rests while there is no session, and begins again with the next', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const host = hostOf(80);
  const sessions = createSessionTable();
  const watch = createIdleWatch(host, sessions);
  const session = fakeSession(host);
  watch.begin();
  mock.timers.tick(10);
  sessions.add(session);
  mock.timers.tick(100);
  t.equal(session.looks, 0, 'nobody has said that it began');
  watch.begin();
  mock.timers.tick(10);
  t.equal(session.looks, 1);
});

t.test('without a limit there is nothing to look for', async (t) => {
  const host = hostOf(null);
  const sessions = createSessionTable();
  const session = fakeSession(host);
  sessions.add(session);
  createIdleWatch(host, sessions).begin();
  t.equal(session.looks, 0);
});

t.test(
  'a session with a byte since the last look is alive, one without is idle at the limit and not before',
  async (t) => {
    const served = await serve(discard, { idleMs: 1_000 });
    t.teardown(() => served.close());
    const { peer, session, ended } = await served.connect();
    const live = session;
    const begin = live.startedTick;
    live.lookForLife(begin + 999);
    await peer.write('x');
    while (live.bytes.in === 0) await once(live.stream, 'data');
    live.lookForLife(begin + 1_000);
    live.lookForLife(begin + 1_999);
    t.equal(live.isAborted, false);
    live.lookForLife(begin + 2_000);
    t.equal(live.isAborted, true);
    peer.end();
    t.equal(await ended, 'idle');
  },
);
