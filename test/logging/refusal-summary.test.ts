import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import type { RefusalReason } from '../../src/contract/session.ts';
import { createRefusalSummary } from '../../src/logging/refusal-summary.ts';

const local: Endpoint = { address: '127.0.0.1', port: 7, family: 'IPv4' };

function setUp(maxSingle: number) {
  const told: string[] = [];
  const timers: (() => void)[] = [];
  const summary = createRefusalSummary({
    maxSingle,
    tell: ({ reason, peer }) => void told.push(`${reason} ${peer.port}`),
    tellMany: ({ reason, peer }, count) => void told.push(`${reason} ${peer.port} x${count}`),
    after: (ms, call) => {
      t.equal(ms, 1000);
      timers.push(call);
    },
  });
  return {
    summary,
    add(reason: RefusalReason, ...ports: number[]): void {
      for (const port of ports) summary.add({ reason, peer: { ...local, port }, local });
    },
    /** What was told since the last call. */
    heard: () => told.splice(0),
    /** Ends the second; false when none was running. */
    tick(): boolean {
      t.ok(timers.length <= 1, 'one timer at the most');
      const end = timers.shift();
      end?.();
      return end !== undefined;
    },
  };
}

t.test('few are told one by one, and the timer ends with the second', async (t) => {
  const { add, heard, tick } = setUp(2);
  add('rate', 1, 2);
  t.same(heard(), ['rate 1', 'rate 2']);
  t.ok(tick());
  t.same(heard(), []);
  t.notOk(tick(), 'nothing runs while nobody is refused');
  add('rate', 3);
  t.same(heard(), ['rate 3']);
});

t.test('one past the bound is told when the second ends', async (t) => {
  const { add, heard, tick } = setUp(2);
  add('rate', 1, 2, 3);
  t.same(heard(), ['rate 1', 'rate 2']);
  tick();
  t.same(heard(), ['rate 3 x1']);
});

t.test('a flood is one line a second, and its last ones are told when it is over', async (t) => {
  const { add, heard, tick } = setUp(1);
  add('access', 1, 2, 3);
  t.same(heard(), ['access 1']);
  tick();
  t.same(heard(), ['access 3 x2']);
  add('access', 4, 5, 6);
  t.same(heard(), [], 'the summary was this second’s line');
  tick();
  t.same(heard(), ['access 6 x3']);
  tick();
  t.same(heard(), []);
  t.notOk(tick());
});

t.test('each reason is counted for itself, in one bound', async (t) => {
  const { add, heard, tick } = setUp(3);
  add('access', 1, 2);
  add('ban', 3, 4, 5);
  add('access', 6);
  t.same(heard(), ['access 1', 'access 2', 'ban 3']);
  tick();
  t.same(heard(), ['ban 5 x2', 'access 6 x1']);
  add('rate', 7, 8);
  t.same(heard(), ['rate 7'], 'two of three were used by the summary');
});

t.test('flush tells the rest, once', async (t) => {
  const { summary, add, heard, tick } = setUp(1);
  summary.flush();
  t.same(heard(), []);
  add('rate', 1, 2, 3);
  summary.flush();
  summary.flush();
  t.same(heard(), ['rate 1', 'rate 3 x2']);
  add('rate', 4);
  tick();
  t.same(heard(), ['rate 4 x1']);
});

t.test('the timer does not keep the process, and tells by itself', async (t) => {
  const awake = setInterval(() => {}, 10_000);
  t.teardown(() => clearInterval(awake));
  const { promise, resolve } = Promise.withResolvers<number>();
  const summary = createRefusalSummary({
    maxSingle: 0,
    tell: () => t.fail('told one by one'),
    tellMany: (_, count) => resolve(count),
  });
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  for (const port of [1, 2]) summary.add({ reason: 'rate', peer: { ...local, port }, local });
  t.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, before);
  t.equal(await promise, 2);
});
