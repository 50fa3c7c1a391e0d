import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';

import { importModule, loadModule } from '../../src/worker/load-module.ts';
import { createFakeContext } from '../support/fake-context.ts';

/** A module in a folder that has nothing installed, nor has any folder above it. */
function writeModule(t: Test, text: string, name = 'service.ts'): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

t.test('a plain name and create are enough', async (t) => {
  const path = writeModule(
    t,
    `export default {
      name: 'greeter',
      create(options, context) {
        return { connection: () => [this.name, options, context.name] };
      },
    };`,
  );
  const module = await loadModule(path);
  t.match(module, { name: 'greeter', summary: `service module ${path}`, transports: ['stream', 'datagram'] });
  const options = module.options.parse({ anything: 'goes' });
  const service = await module.create(options, createFakeContext());
  t.same(service.connection?.(undefined as never), ['greeter', { anything: 'goes' }, 'test']);
});

t.test('even the name may be missing', async (t) => {
  const path = writeModule(t, 'export default { create: () => ({}) };');
  t.equal((await loadModule(path)).name, path);
});

t.test('what a module says of itself stays', async (t) => {
  const path = writeModule(
    t,
    `export default {
      name: 'greeter', summary: 'Greets', transports: ['stream'], example: 'x: 1', defaults: { idle: 7 },
      create: () => ({}),
    };`,
  );
  t.match(await loadModule(path), {
    name: 'greeter',
    summary: 'Greets',
    transports: ['stream'],
    example: 'x: 1',
    defaults: { idle: 7 },
  });
});

t.test('imports portico and zod from a folder that has neither', async (t) => {
  const path = writeModule(
    t,
    `import { defineService, duration } from 'portico';
    import type { Session } from 'portico';
    import * as z from 'zod';
    export default defineService({
      name: 'greeter', summary: 'Greets', transports: ['stream'], example: '',
      options: z.strictObject({ every: duration().default('2s') }),
      create: (options) => ({ connection: (_session: Session) => options.every }),
    });`,
  );
  const module = await loadModule(path);
  t.same(module.options.parse({}), { every: '2s' });
  t.same(module.options.parse({ every: '3s' }), { every: 3000 });
  t.throws(() => module.options.parse({ evry: '3s' }), { name: 'ZodError' });
});

t.test('what its folder has installed comes first', async (t) => {
  const path = writeModule(t, "import { mine } from 'zod'; export default { name: mine, create: () => ({}) };");
  const installed = join(path, '..', 'node_modules', 'zod');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{"name":"zod","type":"module","exports":"./index.js"}');
  writeFileSync(join(installed, 'index.js'), "export const mine = 'my own zod';");
  t.equal((await loadModule(path)).name, 'my own zod');
});

t.test('other packages have to be installed', async (t) => {
  const path = writeModule(t, "import 'portico-nothing'; export default { create: () => ({}) };");
  await t.rejects(loadModule(path), { message: /^cannot load .*service\.ts: Cannot find package 'portico-nothing'/ });
});

t.test('says what is wrong with a module', async (t) => {
  const cases: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ['broken', 'export default {', /^cannot load .*service\.mjs:1: Unexpected end of input$/],
    ['throws', "\n\nthrow new Error('not today');", /^cannot load .*service\.mjs:3: not today$/],
    ['no default', 'export const create = () => ({});', /expected a default export with a function "create"/],
    ['no create', "export default { name: 'x' };", /expected a default export with a function "create"/],
    ['a function', 'export default () => ({});', /expected a default export with a function "create"/],
    ['null', 'export default null;', /expected a default export with a function "create"/],
  ];
  for (const [what, text, message] of cases) {
    await t.rejects(loadModule(writeModule(t, text, 'service.mjs')), { message }, what);
  }
});

t.test('says where what cannot be parsed stands, also in what it imports', async (t) => {
  const path = writeModule(t, 'export const a = 1;\nconst b = ;\n');
  await t.rejects(importModule(path), { message: `cannot load ${path}:2: Expression expected` });
  const outer = join(path, '..', 'outer.ts');
  writeFileSync(outer, "import './service.ts';\n");
  await t.rejects(importModule(outer), { message: `cannot load ${outer}: ${path}:2: Expression expected` });
});

t.test('says which module is missing', async (t) => {
  await t.rejects(loadModule('/nonexistent/service.ts'), {
    message: /^cannot load \/nonexistent\/service\.ts: Cannot find module/,
  });
});

t.test('any other module gives what it exports, once', async (t) => {
  const path = writeModule(
    t,
    "import { XmlRpcFault } from 'portico'; export const fault = XmlRpcFault; export default 5;",
  );
  const exported = await importModule(path);
  t.equal(exported['default'], 5);
  t.equal((exported['fault'] as { name: string }).name, 'XmlRpcFault');
  t.equal(await importModule(path), exported);
  await t.rejects(importModule('/nonexistent/own.ts'), {
    message: /^cannot load \/nonexistent\/own\.ts: Cannot find module/,
  });
});

t.test('a folder whose package.json says nothing of modules is no matter for a warning', async (t) => {
  const path = writeModule(t, 'export default { create: () => ({}) };');
  writeFileSync(join(dirname(path), 'package.json'), '{}');
  const warnings: unknown[] = [];
  const hear = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', hear);
  t.teardown(() => process.off('warning', hear));
  await loadModule(path);
  process.emitWarning('something else');
  await new Promise(setImmediate);
  t.same(warnings, ['something else']);
});
