import t from 'tap';
import * as z from 'zod';

import type { Json } from '../../src/contract/bus.ts';
import type { ToMaster } from '../../src/contract/channel.ts';
import type { RegistryRequest, ToRegistry } from '../../src/contract/registry.ts';
import type { ServiceModule } from '../../src/contract/service.ts';
import { createCounters } from '../../src/logging/counters.ts';
import type { OwnModules } from '../../src/worker/own-modules.ts';
import { createOwnServices, type OwnServices } from '../../src/worker/own-services.ts';
import type { createRegistryModule } from '../../src/worker/registry-module.ts';

type RegistryHouse = Parameters<typeof createRegistryModule>[0];

function moduleOf(name: string): ServiceModule {
  return { name, summary: '', transports: [], options: z.unknown(), example: '', create: () => ({}) };
}

interface Bench {
  readonly own: OwnServices;
  readonly said: ToMaster[];
  readonly asked: Json[];
  readonly told: ToRegistry[];
  house?: RegistryHouse;
}

function setUp(
  modules: Partial<OwnModules>,
  answer: (request: RegistryRequest) => Promise<Json> = async () => null,
): Bench {
  const said: ToMaster[] = [];
  const asked: Json[] = [];
  const told: ToRegistry[] = [];
  const bench: Partial<Bench> = { said, asked, told };
  const own = createOwnServices({
    modules: {
      admin: null,
      acme: null,
      courier: null,
      ...modules,
      registry:
        modules.registry === null
          ? null
          : (house) => {
              bench.house = house;
              return { module: moduleOf('registry'), answer, told: (message) => void told.push(message) };
            },
    },
    logging: { emit() {} },
    counters: createCounters(),
    send: (message) => void said.push(message),
    async ask(what, argument?: Json) {
      asked.push([what, argument ?? null]);
      return null;
    },
    acmeAnswer: (token) => `answer to ${token}`,
  });
  return { ...bench, own } as Bench;
}

t.test('types of the house are there where their modules are', async (t) => {
  t.same([...setUp({ registry: null }).own.types.keys()], []);
  t.same([...setUp({}).own.types.keys()], ['registry']);
  let answerTo: ((token: string) => string | null) | undefined;
  const { own } = setUp({
    registry: null,
    admin: () => moduleOf('admin'),
    acme(given) {
      answerTo = given;
      return moduleOf('acme');
    },
  });
  t.same([...own.types.keys()].sort(), ['acme', 'admin']);
  t.equal(answerTo?.('x'), 'answer to x');
});

t.test('what the registry says goes to the master', async (t) => {
  const bench = setUp({});
  bench.house?.tellBans([]);
  t.same(bench.said, [{ type: 'bans', bans: [] }]);
  const change = { challenge: { kind: 'http-01', token: 'a', keyAuthorization: 'b' }, on: true } as const;
  await bench.house?.showChallenge(change);
  t.same(bench.asked, [['challenge', change]]);
});

t.test('what it is asked is answered, a failure by a text', async (t) => {
  const { own } = setUp({}, async (request) => {
    if (request.what === 'bans') return [];
    throw new Error('the database is damaged');
  });
  t.same(await own.answerAsRegistry({ what: 'bans' }), []);
  t.equal(await own.answerAsRegistry({ what: 'unban', source: 'x' }), 'the database is damaged');
});

t.test('what it is told it hears', async (t) => {
  const { own, told } = setUp({});
  own.toldAsRegistry({ type: 'accounts', records: [] });
  t.same(told, [{ type: 'accounts', records: [] }]);
});

t.test('who is no registry has nothing to say', async (t) => {
  const { own } = setUp({ registry: null });
  t.equal(await own.answerAsRegistry({ what: 'bans' }), null);
  own.toldAsRegistry({ type: 'accounts', records: [] });
});
