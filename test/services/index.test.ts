import t from 'tap';

import { services } from '../../src/services/index.ts';

t.test('lists every built-in type under its name', async (t) => {
  t.same([...services.keys()].sort(), [
    'chargen',
    'chat',
    'daytime',
    'discard',
    'echo',
    'exec',
    'forward',
    'qotd',
    'time',
  ]);
  for (const [name, { name: own, summary }] of services) {
    t.equal(name, own);
    t.match(summary, /^\S.{10,80}$/);
  }
});
