import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createPulse, type Pulse } from '../../src/master/pulse.ts';

function listen(t: Test): { pulse: Pulse; said: string[] } {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const said: string[] = [];
  const pulse = createPulse({ ping: () => said.push('ping'), silent: () => said.push('silent') });
  return { pulse, said };
}

t.test('four pings without a word are too many, and told once', (t) => {
  const { pulse, said } = listen(t);
  pulse.heard();
  mock.timers.tick(10_000);
  t.same(said, ['ping', 'ping', 'ping', 'ping']);
  mock.timers.tick(2_500);
  t.same(said, ['ping', 'ping', 'ping', 'ping', 'silent']);
  mock.timers.tick(60_000);
  t.equal(said.length, 5);
  t.end();
});

t.test('who has not said a word yet has half a minute to begin', (t) => {
  const { said } = listen(t);
  mock.timers.tick(30_000);
  t.notOk(said.includes('silent'));
  mock.timers.tick(2_500);
  t.equal(said.at(-1), 'silent');
  t.end();
});

t.test('who begins is counted from then on, once', (t) => {
  const { pulse, said } = listen(t);
  mock.timers.tick(20_000);
  pulse.begun();
  mock.timers.tick(7_500);
  pulse.begun();
  mock.timers.tick(2_500);
  t.notOk(said.includes('silent'));
  mock.timers.tick(2_500);
  t.equal(said.at(-1), 'silent');
  t.end();
});

t.test('a word in time, and the count begins anew', (t) => {
  const { pulse, said } = listen(t);
  for (let minute = 0; minute < 6; minute++) {
    mock.timers.tick(10_000);
    pulse.heard();
  }
  t.equal(said.length, 24);
  t.notOk(said.includes('silent'));
  t.end();
});

t.test('after its end it says nothing', (t) => {
  const { pulse, said } = listen(t);
  mock.timers.tick(2_500);
  pulse.end();
  mock.timers.tick(60_000);
  t.same(said, ['ping']);
  t.end();
});
