import t from 'tap';

import { fingerprintOf } from '../../src/accounts/fingerprint.ts';
import { aliceKey } from './records.ts';

t.test('is that of ssh-keygen -l', async (t) => {
  t.equal(fingerprintOf(aliceKey), 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA');
});
