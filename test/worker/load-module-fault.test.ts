import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import t, { type Test } from 'tap';

import { createImportGraph } from '../../src/worker/load-module-fault.ts';
import { importModule } from '../../src/worker/load-module.ts';
import { makeFolder } from '../support/peers.ts';

/** Loads the first of the files; gives what is said of it, without the folder. */
async function failureOf(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = makeFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const [first = ''] = Object.keys(files);
  const error = await importModule(join(folder, first)).then(
    () => new Error('it was loaded'),
    (reason: unknown) => reason as Error,
  );
  return error.message.replaceAll(`${folder}/`, '');
}

const esm = '{ "type": "module" }';
const installed = '{ "type": "module", "exports": "./index.js" }';
const commonJs = '{ "type": "commonjs" }';
const broken = 'const a = 1;\n\nconst b = ;\n';

t.test('the line of what cannot be parsed', async (t) => {
  const cases: readonly (readonly [what: string, files: Record<string, string>, message: string])[] = [
    ['an ES module', { 'a.mjs': broken }, "cannot load a.mjs:3: Unexpected token ';'"],
    ['one by its package', { 'a.js': broken, 'package.json': esm }, "cannot load a.js:3: Unexpected token ';'"],
    [
      'one by what stands in it',
      { 'a.js': `export default 1;\n${broken}` },
      "cannot load a.js:4: Unexpected token ';'",
    ],
    ['CommonJS', { 'a.cjs': broken }, "cannot load a.cjs:3: Unexpected token ';'"],
    [
      'CommonJS by its package',
      { 'a.js': broken, 'package.json': commonJs },
      "cannot load a.js:3: Unexpected token ';'",
    ],
    ['TypeScript', { 'a.ts': 'const a: number = 1;\n\nconst b = ;\n' }, 'cannot load a.ts:3: Expression expected'],
    [
      'TypeScript, where it is no fault of its types',
      { 'a.ts': 'let a: number;\ntype B = string;\nlet a: B;\nexport default a;\n' },
      "cannot load a.ts:3: Identifier 'a' has already been declared",
    ],
  ];
  for (const [what, files, message] of cases) t.equal(await failureOf(t, files), message, what);
});

t.test('in what a module imports', async (t) => {
  const cases: readonly (readonly [what: string, files: Record<string, string>, message: string])[] = [
    [
      'an ES module',
      { 'a.mjs': "import './b.mjs';\n", 'b.mjs': "import './c.mjs';\n", 'c.mjs': broken },
      "cannot load a.mjs: c.mjs:3: Unexpected token ';'",
    ],
    [
      'among others, that stand before and behind it',
      {
        'a.mjs': "import './b.mjs';\nimport './c.mjs';\nimport './d.mjs';\n",
        'b.mjs': 'export {};\n',
        'c.mjs': broken,
        'd.mjs': '{}\n',
      },
      "cannot load a.mjs: c.mjs:3: Unexpected token ';'",
    ],
    [
      'one that is installed',
      { 'a.mjs': "import 'own';\n", 'node_modules/own/index.js': broken, 'node_modules/own/package.json': installed },
      "cannot load a.mjs: node_modules/own/index.js:3: Unexpected token ';'",
    ],
    [
      'required',
      { 'a.cjs': "require('./b.cjs');\n", 'b.cjs': broken },
      "cannot load a.cjs: b.cjs:3: Unexpected token ';'",
    ],
    [
      'CommonJS from an ES module',
      { 'a.mjs': "import './b.cjs';\n", 'b.cjs': broken },
      "cannot load a.mjs: b.cjs:3: Unexpected token ';'",
    ],
    [
      'what is not there to import',
      { 'a.mjs': "\nimport { no } from './b.mjs';\n", 'b.mjs': '' },
      "cannot load a.mjs:2: The requested module './b.mjs' does not provide an export named 'no'",
    ],
  ];
  for (const [what, files, message] of cases) t.equal(await failureOf(t, files), message, what);
});

t.test('a module that parses what is no module is not looked into', async (t) => {
  const text = "export {};\nnew Function('}');\n";
  t.equal(await failureOf(t, { 'a.mjs': text }), "cannot load a.mjs: Unexpected token '}'");
});

t.test('asked for by a link', async (t) => {
  const folder = makeFolder(t);
  writeFileSync(join(folder, 'a.mjs'), broken);
  symlinkSync('a.mjs', join(folder, 'link.mjs'));
  await t.rejects(importModule(join(folder, 'link.mjs')), {
    message: `cannot load ${folder}/link.mjs: ${folder}/a.mjs:3: Unexpected token ';'`,
  });
});

t.test('the same is said the second time', async (t) => {
  const path = join(makeFolder(t), 'a.mjs');
  writeFileSync(path, broken);
  for (const time of ['first', 'second'])
    await t.rejects(importModule(path), { message: `cannot load ${path}:3: Unexpected token ';'` }, time);
});

t.test('who imports whom', async (t) => {
  const graph = createImportGraph();
  graph.add(undefined, 'file:///a', 'file:///a');
  for (const [parent, url] of [
    ['file:///a', 'file:///b'],
    ['file:///a', 'file:///c'],
    ['file:///c', 'file:///a'],
    ['file:///c', 'file:///d'],
    ['file:///c', 'node:fs'],
    ['file:///other', 'file:///e'],
  ] as const)
    graph.add(parent, 'x', url);
  t.same(graph.leavesFrom('file:///a'), ['file:///d', 'file:///b']);
  t.same(graph.leavesFrom('file:///unknown'), ['file:///unknown']);
});
