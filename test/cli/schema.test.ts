import t from 'tap';

import { createFakeHouse, createFakeTerminal, portico } from './fakes.ts';

t.test('prints the schema as JSON', async (t) => {
  const house = createFakeHouse({ configSchema: () => Promise.resolve({ type: 'object' }) });
  t.same(await portico(['schema'], createFakeTerminal(), house), {
    code: 0,
    out: '{\n  "type": "object"\n}\n',
    err: '',
  });
});
