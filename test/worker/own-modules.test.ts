import t from 'tap';

import { createAcmeModule } from '../../src/worker/acme-module.ts';
import { createAdminModule } from '../../src/worker/admin-module.ts';
import { loadOwnModules } from '../../src/worker/own-modules.ts';
import { createRegistryModule } from '../../src/worker/registry-module.ts';

t.test('a worker of users’ services loads none of the house', async (t) => {
  t.match(await loadOwnModules(new Set(['echo', 'registryish'])), { admin: null, registry: null, acme: null });
});

t.test('a process of the house loads its own', async (t) => {
  t.match(await loadOwnModules(new Set(['admin'])), { admin: createAdminModule, registry: null, acme: null });
  t.match(await loadOwnModules(new Set(['registry'])), { admin: null, registry: createRegistryModule, acme: null });
  t.match(await loadOwnModules(new Set(['acme'])), { admin: null, registry: null, acme: createAcmeModule });
});
