import { userInfo } from 'node:os';

import t from 'tap';

import { ownName } from '../../src/system/own-name.ts';

t.test('who we are', async (t) => {
  t.equal(ownName(), userInfo().username);
});
