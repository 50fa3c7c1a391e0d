import t from 'tap';

import { checks, examine } from '../../src/doctor/examine.ts';
import { daemonPlan } from '../support/plans.ts';
import { patient } from './patient.ts';

t.test('everything is looked at', async (t) => {
  const found = await examine(patient({ daemon: daemonPlan({ state: t.testdir({}) }) }));
  t.same(
    found.filter(({ message }) => /could not be looked at/.test(message)),
    [],
  );
  const names = new Set(checks.map(({ name }) => name));
  for (const { check } of found) t.ok(names.has(check), check);
});

t.test('what fails keeps nothing else from being looked at', async (t) => {
  const good = { severity: 'note', check: 'b', message: 'fine', fix: null } as const;
  const all = [
    { name: 'a', run: () => Promise.reject(new Error('broken')) },
    { name: 'b', run: () => [good] },
  ];
  t.same(await examine(patient(), all), [
    { severity: 'warning', check: 'a', message: 'this could not be looked at: broken', fix: null },
    good,
  ]);
});
