import t from 'tap';

import { newSessionId } from '../../src/listeners/session-id.ts';

t.test('ids are 12 characters that are not mistaken for each other', async (t) => {
  const ids = Array.from({ length: 1000 }, newSessionId);
  t.same(
    ids.filter((id) => !/^[0-9abcdefghjkmnpqrstvwxyz]{12}$/.test(id)),
    [],
  );
  t.equal(new Set(ids).size, 1000, 'also past the 256 that are made of one draw of random bytes');
});
