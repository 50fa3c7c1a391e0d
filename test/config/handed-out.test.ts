import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { findHandedOut } from '../../src/config/handed-out.ts';
import { findWarnings } from '../../src/config/warnings.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { CertificatePlan, Plan, ServicePlan } from '../../src/contract/plan.ts';
import { services as types } from '../../src/services/index.ts';
import { daemonPlan, plan, servicePlan } from '../support/plans.ts';

/** A folder as people begin with: all of it in one place. */
function makeHouse(t: Test): string {
  const house = realpathSync(mkdtempSync(join(tmpdir(), 'portico-house-')));
  t.teardown(() => rmSync(house, { recursive: true }));
  for (const folder of ['var/ca', 'public', 'keys', 'www']) mkdirSync(join(house, folder), { recursive: true });
  for (const file of ['c.yaml', 'accounts.yaml', 'keys/web.key']) writeFileSync(join(house, file), '');
  return house;
}

/** What is said of one service, with "@" for the folder. */
function told(house: string, service: Partial<ServicePlan>, more: Partial<Plan> = {}): readonly string[] {
  const file = join(house, 'c.yaml');
  const found = findHandedOut(
    plan({
      file,
      files: [file],
      daemon: daemonPlan({ state: join(house, 'var') }),
      accounts: [{ kind: 'file', path: join(house, 'accounts.yaml') }],
      certificates: { web: files(house, 'keys/web.key') },
      services: [servicePlan({ name: 'it', base: house, ...service })],
      ...more,
    }),
  );
  return found.map((line) => line.replaceAll(house, '@'));
}

function files(house: string, key: string): CertificatePlan {
  return { kind: 'files', cert: join(house, 'web.pem'), key: join(house, key), passphrase: null };
}

function sentence(folder: string, what: string): readonly string[] {
  return [
    `services.it: it hands out ${folder}, and with it ${what}: give it a folder that holds nothing else, such as @/public`,
  ];
}

const all = sentence('@', 'the configuration, the accounts, a private key and daemon.state');

t.test('a root with everything in it, told once', async (t) => {
  const house = makeHouse(t);
  const cases: readonly Partial<ServicePlan>[] = [
    { type: 'http', options: { routes: { '/': { files: '.' }, '/again/': { files: house } } } },
    { type: 'gopher', options: { root: './' } },
    { type: 'tftp', options: { root: './public/..' } },
    { type: 'ftp', options: { root: house } },
    { type: 'ftp', options: { anonymous: { root: '.' } } },
    { type: 'sftp', options: { root: '.' } },
  ];
  for (const service of cases) t.same(told(house, service), all, `${service.type}`);
});

t.test('one that holds some of it', async (t) => {
  const house = makeHouse(t);
  const at = (root: string): readonly string[] => told(house, { type: 'tftp', options: { root } });
  t.same(at('keys'), sentence('@/keys', 'a private key'));
  t.same(at('var'), sentence('@/var', 'daemon.state'));
  t.same(at('var/ca'), sentence('@/var/ca', 'the key of the local authority'));
  const hostKeys = { type: 'sftp', options: { root: './www', host_keys: ['www/ssh.key'] } };
  t.same(told(house, hostKeys), sentence('@/www', 'a private key'), 'host keys, which may come later');
});

t.test('fine', async (t) => {
  const house = makeHouse(t);
  const cases: readonly Partial<ServicePlan>[] = [
    { type: 'http', options: { routes: { '/': { files: './public' }, '/app/': { module: './app.ts' } } } },
    { type: 'http', enabled: false, options: { routes: { '/': { files: '.' } } } },
    { type: 'ftp' },
    { type: 'ftp', options: { file_system: './own.ts', root: '.' } },
    { type: 'ftp', options: { root: '{home}' } },
    { type: 'sftp', options: { root: './{account}' } },
    { type: 'tftp', options: { root: './var/incoming' } },
    { type: 'tftp', options: { root: './key' } },
    { type: '/srv/own.ts', options: { root: '.' } },
    { type: 'echo' },
  ];
  for (const service of cases) t.same(told(house, service), [], `${service.type} ${JSON.stringify(service.options)}`);
});

t.test('it is the real place that counts', async (t) => {
  const house = makeHouse(t);
  symlinkSync('..', join(house, 'www/all'));
  t.same(told(house, { type: 'tftp', options: { root: './www/all' } }), all, 'a link to it');
  t.same(told(house, { type: 'tftp', options: { root: './www' } }), [], 'links do not lead out of a root');
});

t.test('over HTTP only what its route serves', async (t) => {
  const house = makeHouse(t);
  const certificates = { web: files(house, 'www/.keys/web.key') };
  const web = (route: object): readonly string[] =>
    told(house, { type: 'http', options: { routes: { '/': { files: './www', ...route } } } }, { certificates });
  t.same(web({}), []);
  t.same(web({ dotfiles: true }), sentence('@/www', 'a private key'));
});

t.test('a configuration that is no file is in no folder', async (t) => {
  const house = makeHouse(t);
  const none = join(house, 'public/configuration');
  t.same(told(house, { type: 'tftp', options: { root: 'public' } }, { file: none, files: [none] }), []);
});

t.test('not one of our examples', async (t) => {
  const root = join(import.meta.dirname, '../..');
  const examples = ['daemon.config.yaml', ...exampleNames.map((name) => `examples/${name}.yaml`)];
  for (const name of examples) {
    const found = findWarnings(await loadConfig(join(root, name), { types, env: {} }));
    t.same(
      found.filter((line) => line.includes('hands out')),
      [],
      name,
    );
  }
});

const exampleNames = ['container', 'ftp', 'gopher', 'http', 'sftp', 'tftp'];
