import t from 'tap';

import { findWarnings } from '../../src/config/warnings.ts';
import { reportLoaded } from '../../src/master/report-loaded.ts';
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

t.test('what portico check warns of is logged, each by itself', async (t) => {
  const now = plan({
    services: [
      servicePlan({ name: 'mail', type: 'smtp', listen: [listenPlan('tcp://*:25')], deliver: ['relay'] }),
      servicePlan({ name: 'box', type: 'pop3' }),
      servicePlan({ name: 'web', type: 'http', options: { routes: { '/': { files: '/srv', accounts: ['zoe'] } } } }),
      servicePlan({ name: 'echo', deliver: ['relay'] }),
    ],
    deliveries: { relay: deliveryPlan({ type: 'smtp' }) },
    daemon: daemonPlan({ user: 'root' }),
  });
  const lines = report({ plan: now }).slice(1);
  t.same(
    lines,
    findWarnings(now).map((reason) => `config.remark ${JSON.stringify({ reason })}`),
  );
  t.match(lines, [
    /can send mail to anybody/,
    /services\.box: nobody can log in/,
    /nobody can log in at \//,
    /takes nothing in/,
  ]);
});
