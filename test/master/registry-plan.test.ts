import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import type { RegistryOptions } from '../../src/contract/registry.ts';
import {
  acmeFolder,
  hasStore,
  prepareRegistryFolders,
  registryName,
  registryService,
} from '../../src/master/registry-plan.ts';
import { acmePlan, daemonPlan, plan as planOf, servicePlan } from '../support/plans.ts';

t.test('what the registry is told', async (t) => {
  const folder = t.testdir({ 'ca.pem': 'the authority' });
  const access = servicePlan().access;
  const service = registryService(
    planOf({
      daemon: daemonPlan({ state: '/state', journal: 1_000 }),
      accounts: [
        { kind: 'file', path: '/accounts.yaml' },
        { kind: 'sqlite', path: '/a.db' },
        { kind: 'htpasswd', path: '/.htpasswd' },
        { kind: 'sqlite', path: '/b.db' },
      ],
      certificates: {
        default: { kind: 'self_signed', names: ['localhost'], command: [] },
        public: acmePlan(),
        test: acmePlan({ ca: join(folder, 'ca.pem') }),
      },
      services: [
        servicePlan({ name: 'a', access: { ...access, neverBan: ['192.0.2.0/24', '::1'] } }),
        servicePlan({ name: 'b', access: { ...access, neverBan: ['::1', '*.example.com'] } }),
      ],
    }),
  );
  t.match(service, { name: registryName, type: 'registry', listen: [], isolate: true });
  const options = service.options as unknown as RegistryOptions;
  t.same(options, {
    folder: '/state/store',
    state: '/state',
    databases: ['/a.db', '/b.db'],
    neverBan: ['192.0.2.0/24', '::1', '*.example.com'],
    journal: 1_000,
    acmeFolder: '/state/acme',
    acme: {
      public: { ...acmePlan(), caText: null },
      test: { ...acmePlan({ ca: join(folder, 'ca.pem') }), caText: 'the authority' },
    },
  });
  t.equal(acmeFolder('/state'), '/state/acme');
});

t.test('whether there is something to know before anybody is let in', async (t) => {
  t.equal(hasStore(t.testdir({ store: { 'portico.db': '' } })), true);
  t.equal(hasStore('/nonexistent'), false);
});

t.test('its folders', async (t) => {
  t.test('are its own alone', async (t) => {
    const state = t.testdir({});
    prepareRegistryFolders(state, null);
    prepareRegistryFolders(state, null);
    for (const name of ['store', 'acme']) t.equal(fs.statSync(join(state, name)).mode & 0o777, 0o700, name);
  });

  t.test(
    'go over to the identity that the registry has',
    { skip: process.getuid?.() !== 0 && 'needs root' },
    async (t) => {
      const state = t.testdir({ store: { 'portico.db': '' }, elsewhere: 'not its own', other: 'nor this' });
      fs.symlinkSync(join(state, 'elsewhere'), join(state, 'store/link'));
      fs.linkSync(join(state, 'other'), join(state, 'store/hard'));
      fs.mkdirSync(join(state, 'store/folder'));
      const identity = { user: 'somebody', uid: 12_345, gid: 12_346 };
      prepareRegistryFolders(state, identity);
      const ownerOf = (name: string): number[] => {
        const { uid, gid } = fs.lstatSync(join(state, name));
        return [uid, gid];
      };
      for (const name of ['store', 'store/portico.db', 'acme']) t.same(ownerOf(name), [12_345, 12_346], name);
      for (const name of ['elsewhere', 'other']) t.equal(ownerOf(name)[0], 0, 'a link does not lead out');
      t.equal(ownerOf('.')[0], 0);
      fs.writeFileSync(join(state, 'store/new'), '');
      prepareRegistryFolders(state, identity);
      t.equal(ownerOf('store/new')[0], 0, 'what is there already is left alone');
    },
  );

  t.test('that cannot be made are no reason not to start', async (t) => {
    const state = t.testdir({ store: 'a file' });
    prepareRegistryFolders(state, null);
    t.ok(fs.statSync(join(state, 'acme')).isDirectory());
    prepareRegistryFolders('/dev/null/state', null);
  });
});
