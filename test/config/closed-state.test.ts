import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { findClosedState } from '../../src/config/closed-state.ts';
import { needRoot } from '../support/peers.ts';
import { daemonPlan } from '../support/plans.ts';

function makeState(t: Test, mode: number): string {
  const state = mkdtempSync(join(tmpdir(), 'portico-state-'));
  t.teardown(() => rmSync(state, { recursive: true }));
  chmodSync(state, mode);
  return state;
}

t.test('a state that those who serve cannot go into', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const state = makeState(t, 0o700);
  const told = (user: string): readonly string[] => findClosedState({ daemon: daemonPlan({ state, user }) });
  t.match(told('nobody'), [/^nobody, who serves, may not go into /]);
  t.same(told('root'), []);
  t.same(told('nobody-at-all'), []);
  chmodSync(state, 0o755);
  t.same(told('nobody'), []);
  chmodSync(state, 0o710);
  t.equal(told('nobody').length, 1);
  t.same(findClosedState({ daemon: daemonPlan({ state, user: 'nobody', group: 'root' }) }), [], 'its group may');
});

t.test('one that is not there yet', async (t) => {
  t.same(findClosedState({ daemon: daemonPlan({ state: '/nonexistent/state', user: 'nobody' }) }), []);
});

t.test('who is no root serves as he is', { skip: process.getuid?.() === 0 && 'root may be anybody' }, async (t) => {
  t.same(findClosedState({ daemon: daemonPlan({ state: makeState(t, 0o600), user: 'root' }) }), []);
});
