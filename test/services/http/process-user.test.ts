import { userInfo } from 'node:os';

import t from 'tap';

import { processUser } from '../../../src/services/http/process-user.ts';

t.test('is the name of who this process is', async (t) => {
  t.equal(processUser(), userInfo().username);
});
