import t from 'tap';

import { createTurns } from '../../../src/certificates/acme/turns.ts';

t.test('one after the other, whatever becomes of the one before', async (t) => {
  const turns = createTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<string>();
  const one = turns.take(() => {
    seen.push('first begins');
    return first.promise;
  });
  const two = turns.take(async () => {
    seen.push('second begins');
    return 2;
  });
  await Promise.resolve();
  t.same(seen, ['first begins']);
  first.reject(new Error('first fails'));
  await t.rejects(one, { message: 'first fails' });
  t.equal(await two, 2);
  t.same(seen, ['first begins', 'second begins']);
});
