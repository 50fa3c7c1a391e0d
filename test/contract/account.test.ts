import t from 'tap';

import { isAccountName } from '../../src/contract/account.ts';

t.test('names of accounts: they become folders', async (t) => {
  for (const name of ['alice', 'Alice.Smith', 'a', '_www', '007', 'bob@example.com', 'a+b-c', 'x'.repeat(64)]) {
    t.ok(isAccountName(name), name);
  }
  for (const name of ['', '.', '..', '.alice', '-alice', '@alice', 'a/b', 'a b', 'a\n', 'a\0', 'ä', '__proto__']) {
    t.notOk(isAccountName(name), JSON.stringify(name));
  }
  t.notOk(isAccountName('x'.repeat(65)));
});
