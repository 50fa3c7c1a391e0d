import t from 'tap';

import { createLoadGate } from '../../../src/services/exec/load-gate.ts';

t.test('without a limit it is open, and nobody asks for the load', async (t) => {
  const gate = createLoadGate(undefined, () => {
    throw new Error('asked');
  });
  t.equal(gate.refusal(), null);
});

t.test('is open up to the limit, and closed above it', async (t) => {
  for (const [load, refusal] of [
    [3.99, null],
    [4, null],
    [4.01, 'the load is 4.01, more than 4'],
  ] as const) {
    t.equal(createLoadGate(4, () => load).refusal(), refusal, String(load));
  }
});

t.test('asks for the load once a second at the most', async (t) => {
  let [load, now, asked] = [1, 0, 0];
  const gate = createLoadGate(
    4,
    () => {
      asked++;
      return load;
    },
    () => now,
  );
  t.equal(gate.refusal(), null);
  load = 9;
  now = 999;
  t.equal(gate.refusal(), null);
  now = 1000;
  t.match(gate.refusal(), /^the load is 9\.00/);
  t.equal(asked, 2);
});

t.test('by itself it asks the system', async (t) => {
  t.equal(createLoadGate(100_000).refusal(), null);
});
