import t from 'tap';

import { loadTarget, targetTypes } from '../../../src/deliveries/targets/index.ts';

t.test('each kind of delivery is loaded when it is asked for', async (t) => {
  t.same([...targetTypes.keys()], ['directory', 'maildir', 'command', 'webhook', 'sftp', 'smtp']);
  for (const name of targetTypes.keys()) t.equal((await loadTarget(name))?.name, name);
});

t.test('there is none of another name', async (t) => {
  for (const name of ['printer', '', 'constructor', '__proto__']) t.equal(await loadTarget(name), null, name);
});
