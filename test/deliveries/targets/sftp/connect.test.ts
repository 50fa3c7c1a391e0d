import { userInfo } from 'node:os';

import t from 'tap';

import { readKey, withoutName } from '../../../../src/deliveries/targets/sftp/connect.ts';

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error(`${code}: no, open '/etc/key'`), { code }));

t.test('a key that only root may read is told with who wants to', async (t) => {
  await t.rejects(readKey('/etc/key', failing('EACCES')), {
    name: 'TemporaryError',
    message: `the key cannot be read by ${userInfo().username}, the user of the workers: EACCES: no, open '/etc/key'`,
  });
  await t.rejects(readKey('/etc/key', failing('ENOENT')), {
    message: "the key cannot be read: ENOENT: no, open '/etc/key'",
  });
});

t.test('names of functions of the library are nothing to read', async (t) => {
  t.equal(withoutName('getConnection: connect ECONNREFUSED'), 'connect ECONNREFUSED');
  t.equal(withoutName('put->open: no'), 'no');
});
