import t from 'tap';
import * as z from 'zod';

import { defineService } from '../../src/contract/service.ts';
import { path } from '../../src/contract/options.ts';
import { load } from './harness.ts';

const own = defineService({
  name: 'own',
  summary: 'a module of the user',
  transports: ['stream'],
  options: z.object({ greeting: z.string().default('hello'), root: path().optional() }),
  example: '',
  create: () => ({}),
});
const text = 'services:\n  mine: { type: ./own.ts, listen: tcp://127.0.0.1:1, greeting: 5, gretting: hi, root: ./x }\n';

t.test(
  "a module of one's own is named by its path; its options pass unchecked where modules are not loaded",
  async (t) => {
    t.match(await load(t, { files: { 'c.yaml': text, 'own.ts': '' } }), {
      services: [{ name: 'mine', type: '@/own.ts', base: '@', options: { greeting: 5, gretting: 'hi', root: './x' } }],
    });
  },
);

t.test('its options are checked where it is loaded', async (t) => {
  const loaded: string[] = [];
  const loadModule = async (file: string) => (loaded.push(file.slice(-7)), own);
  t.strictSame(await load(t, { files: { 'c.yaml': text, 'own.ts': '' }, loadModule }), [
    'c.yaml:2:64: services.mine.greeting: expected a text, got 5',
    'c.yaml:2:67: services.mine.gretting: unknown key "gretting", did you mean "greeting"?',
  ]);
  t.strictSame(loaded, ['/own.ts']);
});

t.test('a module that is not there, or cannot be loaded', async (t) => {
  const loadModule = async (): Promise<never> => {
    throw new Error('Unexpected token');
  };
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), [
    'c.yaml:2:17: services.mine.type: cannot load the module: there is no such file',
  ]);
  t.strictSame(await load(t, { files: { 'c.yaml': text, 'own.ts': '' }, loadModule }), [
    'c.yaml:2:17: services.mine.type: cannot load the module: Unexpected token',
  ]);
});

t.test('a module with a loose schema, with one that throws, and with none that could be one', async (t) => {
  const options = {
    loose: z.looseObject({}),
    throwing: z.object({}).refine(() => {
      throw new Error('a bug');
    }),
    none: {} as z.ZodType,
  };
  const file = `services:
  a: { type: ./loose, listen: tcp://127.0.0.1:1, anything: 1 }
  b: { type: ./throwing, listen: tcp://127.0.0.1:2 }
  c: { type: ./none, listen: tcp://127.0.0.1:3 }
`;
  const loadModule = async (name: string) => ({
    ...own,
    options: options[name.split('/').at(-1) as keyof typeof options] as z.ZodType<never>,
  });
  t.strictSame(await load(t, { files: { 'c.yaml': file, loose: '', throwing: '', none: '' }, loadModule }), [
    'c.yaml:3:6: services.b: cannot be checked: a bug',
    'c.yaml:4:6: services.c: cannot be checked: schema.safeParse is not a function',
  ]);
});

t.test('the check of a type between its options and its addresses', async (t) => {
  const file = `services:
  drop: { listen: [udp://127.0.0.1:1, udp://127.0.0.1:2], once: true }
  b: { type: drop, listen: udp://127.0.0.1:3, once: true }
  c: { type: drop, listen: udp://127.0.0.1:4, text: broken }
`;
  t.strictSame(await load(t, { files: { 'c.yaml': file } }), [
    'c.yaml:2:65: services.drop.once: expected false with several addresses, got true',
    'c.yaml:4:6: services.c: cannot be checked: a bug in the check',
  ]);
});

for (const [type, mistake] of [
  ['ecoh', 'c.yaml:2:16: services.mine.type: unknown service type "ecoh", did you mean "echo"?'],
  ['telepathy', 'c.yaml:2:16: services.mine.type: unknown service type "telepathy"'],
  ['5', 'c.yaml:2:16: services.mine.type: expected a text, got 5'],
  ['', 'c.yaml:2:10: services.mine.type: expected a text, got nothing'],
] as const) {
  t.test(`type ${type}`, async (t) => {
    const file = `services:\n  mine: { type: ${type}, listen: tcp://127.0.0.1:1 }\n`.replace('type: ,', 'type:  ,');
    t.strictSame(await load(t, { files: { 'c.yaml': file } }), [
      mistake.replace(':16:', ':17:').replace(':10:', ':11:'),
    ]);
  });
}

t.test('the name is the type', async (t) => {
  t.strictSame(await load(t, { files: { 'c.yaml': 'services:\n  telepathy: { listen: tcp://127.0.0.1:1 }\n' } }), [
    'c.yaml:2:3: services.telepathy: unknown service type "telepathy"; without "type:" the name is the type',
  ]);
});
