import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import { createSessionTable } from '../../src/listeners/session-table.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import { createDrain } from '../../src/worker/drain.ts';

function prepare(t: Test) {
  const sessions = createSessionTable();
  const closed = Promise.withResolvers<void>();
  const done: string[] = [];
  const drain = createDrain({
    sessions,
    async close() {
      done.push('close');
      await closed.promise;
    },
    exit: () => void done.push('exit'),
  });
  t.teardown(() => drain.hurry());
  const enter = (name: string) => {
    const session = {
      isDraining: false,
      abort: (why: string) => done.push(`${name}: abort, ${why}`),
      terminate(why: string) {
        done.push(`${name}: terminate, ${why}`);
        leave();
      },
    } as unknown as LiveSession;
    const leave = (): void => {
      sessions.delete(session);
      drain.sessionEnded();
    };
    sessions.add(session);
    return { session, leave };
  };
  return { drain, done, closed, enter };
}

t.test('the last session and the closed listeners are waited for, in any order', async (t) => {
  t.test('listeners first', async (t) => {
    const { drain, done, closed, enter } = prepare(t);
    const [first, second] = [enter('first'), enter('second')];
    t.equal(drain.signal.aborted, false);
    drain.begin(60_000);
    t.equal(drain.signal.aborted, true);
    t.same(
      [first, second].map(({ session }) => session.isDraining),
      [true, true],
    );
    closed.resolve();
    first.leave();
    await turn();
    t.same(done, ['close']);
    second.leave();
    t.same(done, ['close', 'exit']);
  });
  t.test('sessions first', async (t) => {
    const { drain, done, closed, enter } = prepare(t);
    const only = enter('only');
    drain.begin(60_000);
    only.leave();
    await turn();
    t.same(done, ['close'], 'one in its handshake is no session yet');
    closed.resolve();
    await turn();
    t.same(done, ['close', 'exit']);
  });
});

t.test('a session that ends without a drain is the end of nothing', (t) => {
  const { done, enter } = prepare(t);
  enter('only').leave();
  t.same(done, []);
  t.end();
});

t.test('at the deadline those who are left are told', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { drain, done, enter } = prepare(t);
  const only = enter('only');
  drain.begin(1_000);
  mock.timers.tick(999);
  t.same(done, ['close']);
  mock.timers.tick(1);
  t.same(done, ['close', 'only: abort, drain']);
  mock.timers.tick(5_999);
  t.same(done, ['close', 'only: abort, drain']);
  mock.timers.tick(1);
  t.same(done, ['close', 'only: abort, drain', 'exit'], 'who does not go is left behind');
  only.leave();
});

t.test('in a hurry sessions end at once', async (t) => {
  const { drain, done, closed, enter } = prepare(t);
  enter('first');
  enter('second');
  closed.resolve();
  drain.begin(60_000);
  await drain.hurry();
  t.same(
    done.slice(0, 3),
    ['close', 'first: terminate, drain', 'second: terminate, drain'],
    'and listeners close once',
  );
});
