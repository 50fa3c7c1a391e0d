import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import t from 'tap';

import { plainly } from '../support/daemon.ts';
import { loadServices } from '../../src/services/index.ts';
import { libc } from '../../src/system/libc.ts';
import { createFakeHouse, createFakeTerminal, portico } from './fakes.ts';

const run = promisify(execFile);
const house = createFakeHouse({ services: () => loadServices(['echo']) });

t.test('beside a configuration: a module whose own test passes', async (t) => {
  const directory = t.testdir({});
  const outcome = await portico(['new-service', 'greeter-2'], createFakeTerminal({ directory }), house);
  t.match(outcome, { code: 0, err: '', out: /^greeter-2\.ts\ngreeter-2\.test\.ts\ngreeter-2\.md\n\nNext:/ });
  t.match(outcome.out, '\n    npm init -y && npm pkg set type=module\n');
  t.match(
    outcome.out,
    `\n    npm install "$(npm pack -s ${join(import.meta.dirname, '../..')})" zod\n`,
    'of this checkout',
  );
  t.match(outcome.out, `\n    ${process.execPath} --test greeter-2.test.ts\n`, 'by the Node.js that runs us');
  t.notMatch(readFileSync(join(directory, 'greeter-2.test.ts'), 'utf8'), '"');
  t.match(readFileSync(join(directory, 'greeter-2.md'), 'utf8'), /type: \.\/greeter-2\.ts/);
  if (libc === null) return t.comment('its test needs node:ffi');
  const [program, ...args] = [
    ...plainly,
    process.execPath,
    '--conditions=portico-source',
    '--test',
    'greeter-2.test.ts',
  ];
  // The runner's own variables would make it a part of this test.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(program, args, { cwd: directory, env });
  t.match(stdout, /^(?:# |ℹ )pass 1$/m);
});

t.test('"node" is enough where that is the one that runs us', async (t) => {
  const directory = t.testdir({});
  const env = { PATH: `/nowhere:${dirname(process.execPath)}` };
  const { out } = await portico(['new-service', 'greeter'], createFakeTerminal({ directory, env }), house);
  t.match(out, '\n    node --test greeter.test.ts\n');
});

t.test('in a checkout: a built-in type', async (t) => {
  const directory = t.testdir({
    'package.json': '{ "name": "portico" }',
    src: { services: { 'index.ts': '' } },
  });
  const outcome = await portico(['new-service', 'greet-me'], createFakeTerminal({ directory }), house);
  t.match(outcome, {
    code: 0,
    out: /'greet-me': async \(\) => \(await import\('\.\/greet-me\.ts'\)\)\.default,/,
  });
  for (const file of ['src/services/greet-me.ts', 'test/services/greet-me.test.ts', 'docs/services/greet-me.md'])
    t.ok(existsSync(join(directory, file)), file);
  t.match(readFileSync(join(directory, 'test/services/greet-me.test.ts'), 'utf8'), /^import greetMe from/m);
});

t.test('what is there is left alone', async (t) => {
  const directory = t.testdir({ 'greeter.test.ts': 'mine' });
  t.match(await portico(['new-service', 'greeter'], createFakeTerminal({ directory }), house), {
    code: 1,
    err: 'portico: there is greeter.test.ts already, nothing was written\n',
  });
  t.notOk(existsSync(join(directory, 'greeter.ts')));
  t.match(await portico(['new-service', 'echo'], createFakeTerminal({ directory }), house), {
    code: 1,
    err: 'portico: there is a service type called echo already\n',
  });
});

t.test('names that cannot be one', async (t) => {
  for (const name of ['Greeter', '2greet', '../x', 'a/b', '', 'x'.repeat(32)])
    t.match(await portico(['new-service', name], createFakeTerminal(), house), { code: 64 }, name);
});
