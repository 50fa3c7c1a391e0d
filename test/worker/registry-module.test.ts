import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';

import type { RegistryOptions } from '../../src/contract/registry.ts';
import { createRegistryModule, type RegistryModule } from '../../src/worker/registry-module.ts';
import { recordOf, secretHash } from '../accounts/records.ts';
import { scratchFile } from '../store/scratch.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { createFakeHouse, loginRequest, type FakeHouse } from '../support/registry.ts';

interface Bench {
  readonly registry: RegistryModule;
  readonly house: FakeHouse;
  start(more?: Partial<RegistryOptions>): Promise<void>;
}

function setUp(t: Test): Bench {
  const folder = dirname(scratchFile(t));
  const house = createFakeHouse();
  const registry = createRegistryModule({ ...house, wakeCourier() {} });
  return {
    registry,
    house,
    async start(more = {}) {
      const { module } = registry;
      const options = module.options.parse({
        folder,
        state: '/state',
        databases: [],
        neverBan: [],
        journal: 0,
        acmeFolder: join(folder, 'acme'),
        acme: {},
        ...more,
      });
      const service = await module.create(options, createFakeContext());
      t.teardown(() => service.stop?.());
    },
  };
}

const records = [recordOf('alice', { password: secretHash })];

t.test('what comes before it is up waits', async (t) => {
  const { registry, start } = setUp(t);
  const reply = registry.answer(loginRequest());
  registry.told({ type: 'accounts', records });
  await start();
  t.match(await reply, { result: 'ok' });
});

t.test('one that does not start answers nobody', async (t) => {
  const { registry, start } = setUp(t);
  const reply = registry.answer({ what: 'bans' });
  reply.catch(() => {});
  registry.told({ type: 'accounts', records });
  await t.rejects(start({ databases: null as unknown as string[] }));
  await t.rejects(reply);
});

t.test('addresses and networks that are never banned, of all services', async (t) => {
  const { registry, start } = setUp(t);
  await start({ neverBan: ['192.0.2.0/24', '2001:db8::1'] });
  const ban = (source: string): Promise<unknown> => registry.answer({ what: 'ban', source, duration: null });
  t.match(await ban('192.0.2.77'), 'is never banned');
  t.match(await ban('2001:db8::1'), 'is never banned');
  t.equal(await ban('198.51.100.1'), true);
  t.equal(await ban('2001:db8::/64'), true, 'the others in that network');
});

t.test('nobody is exempt where nobody is named', async (t) => {
  const { registry, start } = setUp(t);
  await start();
  t.equal(await registry.answer({ what: 'ban', source: '127.0.0.1', duration: null }), true);
});
