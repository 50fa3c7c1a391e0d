import t from 'tap';

import { checkState } from '../../src/config/check-state.ts';
import { acmePlan, daemonPlan, plan as planOf } from '../support/plans.ts';

t.test('nothing is there yet, and nothing is wrong', async (t) => {
  const daemon = daemonPlan({ state: t.testdir({}) });
  const certificates = { default: { kind: 'self_signed', names: ['localhost'], command: [] } } as const;
  t.same(checkState(planOf({ daemon, certificates })), { mistakes: [], warnings: [] });
});

t.test('an authority that cannot be used, where there is need of one', async (t) => {
  const state = t.testdir({ ca: { 'ca.pem': 'broken' }, acme: { 'www.pem': '' } });
  const daemon = daemonPlan({ state });
  const broken = { mistakes: [/ca\.pem cannot be read/] };
  const own = { kind: 'self_signed', names: ['localhost'], command: [] } as const;
  t.match(checkState(planOf({ daemon, certificates: { default: own } })), broken);
  t.match(checkState(planOf({ daemon, certificates: { public: acmePlan() } })), broken);
  t.same(checkState(planOf({ daemon, certificates: { www: acmePlan() } })).mistakes, []);
});
