import t from 'tap';

import { targetKinds } from '../../src/deliveries/target-options.ts';
import { loadTarget, targetTypes } from '../../src/deliveries/targets/index.ts';

t.test('what the configuration knows is what the courier can load', async (t) => {
  t.same([...targetKinds.keys()], [...targetTypes.keys()]);
  for (const [name, kind] of targetKinds) {
    t.equal((await loadTarget(name))?.options, kind.options, name);
    t.match(kind.summary, /^[a-z].*[^.]$/);
  }
});
