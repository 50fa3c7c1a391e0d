import { userInfo } from 'node:os';

import t from 'tap';

import { sayingWhoMayNot } from '../../src/system/saying-who-may-not.ts';

const denied = Object.assign(new Error("EACCES: permission denied, open '/srv/key'"), { code: 'EACCES' });
const { username } = userInfo();

t.test('a failure that somebody else would not have says whose it is', async (t) => {
  const said = `EACCES: permission denied, open '/srv/key' (this is done as the user ${username})`;
  await t.rejects(
    sayingWhoMayNot(() => Promise.reject(denied)),
    { message: said, cause: denied },
  );
  const wrapped = new Error('the key cannot be read', { cause: denied });
  await t.rejects(
    sayingWhoMayNot(() => {
      throw wrapped;
    }),
    { message: `the key cannot be read (this is done as the user ${username})` },
  );
});

t.test('all else stays as it is', async (t) => {
  t.equal(await sayingWhoMayNot(() => 7), 7);
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  await t.rejects(
    sayingWhoMayNot(() => Promise.reject(missing)),
    missing,
  );
});
