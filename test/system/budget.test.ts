import t from 'tap';

import { createBudget } from '../../src/system/budget.ts';

t.test('is spent past its limit, until something is given back', async (t) => {
  const budget = createBudget(10);
  budget.add(10);
  t.equal(budget.isSpent(), false);
  budget.add(1);
  t.equal(budget.isSpent(), true);
  budget.add(-1);
  t.equal(budget.isSpent(), false);
});
