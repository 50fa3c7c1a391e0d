import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { reportLoaded } from '../../src/master/report-loaded.ts';
import { needRoot } from '../support/peers.ts';
import { daemonPlan, deliveryPlan, listenPlan, plan, servicePlan } from '../support/plans.ts';

type Applied = Parameters<typeof reportLoaded>[2];

function report(now: Partial<Applied>): readonly string[] {
  const lines: string[] = [];
  const emit = (event: string, fields: object): void => void lines.push(`${event} ${JSON.stringify(fields)}`);
  reportLoaded({ emit }, null, { plan: plan(), generation: 3, pools: [], sockets: new Map(), ...now });
  return lines;
}

t.test('a configuration that is in force', async (t) => {
  t.match(report({}), [/^config\.loaded .*"generation":3,"services":1/]);
});

t.test('what an operator should know of it', async (t) => {
  const services = [
    servicePlan({ name: 'mail', type: 'smtp', listen: [listenPlan('tcp://*:25')], deliver: ['relay'] }),
  ];
  const deliveries = { relay: deliveryPlan({ type: 'smtp' }) };
  const daemon = daemonPlan({ user: 'root' });
  t.match(report({ plan: plan({ services, deliveries, daemon }) })[1], /^config\.remark .*can send mail to anybody/);
});

t.test('a state that those who serve cannot go into', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const state = mkdtempSync(join(tmpdir(), 'portico-state-'));
  t.teardown(() => rmSync(state, { recursive: true }));
  const daemon = daemonPlan({ state, user: 'nobody' });
  chmodSync(state, 0o700);
  t.match(report({ plan: plan({ daemon }) })[1], /^config\.remark .*nobody, who serves, may not go into/);
  chmodSync(state, 0o755);
  t.equal(report({ plan: plan({ daemon }) }).length, 1);
});
