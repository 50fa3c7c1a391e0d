import { join } from 'node:path';
import t from 'tap';

import { findConfigFile } from '../../src/cli/config-file.ts';
import { createFakeTerminal, folderOf } from './fakes.ts';

t.test('-c comes first, then $PORTICO_CONFIG, then ./daemon.config.yaml', async (t) => {
  const directory = folderOf(t, { 'daemon.config.yaml': '' });
  const env = { PORTICO_CONFIG: 'env.yaml' };
  const terminal = createFakeTerminal({ directory, env });
  t.same(findConfigFile({ options: { config: 'a.yaml' }, terminal }), {
    name: 'a.yaml',
    path: join(directory, 'a.yaml'),
  });
  t.same(findConfigFile({ options: { config: '/b/a.yaml' }, terminal }), { name: '/b/a.yaml', path: '/b/a.yaml' });
  t.same(findConfigFile({ options: {}, terminal }), { name: 'env.yaml', path: join(directory, 'env.yaml') });
  for (const surroundings of [{}, { PORTICO_CONFIG: '' }]) {
    const here = createFakeTerminal({ directory, env: surroundings });
    t.same(findConfigFile({ options: {}, terminal: here }), {
      name: 'daemon.config.yaml',
      path: join(directory, 'daemon.config.yaml'),
    });
  }
});
