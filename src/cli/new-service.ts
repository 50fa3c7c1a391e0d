import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { exitCodes, reasonOf } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { UsageError } from './parse-arguments.ts';
import type { Terminal } from './terminal.ts';
import { builtInFiles, moduleFiles, registration, type NewFile } from './service-templates.ts';

const newService: Command = async ({ words, terminal, house }) => {
  const [name = ''] = words;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new UsageError('new-service', 'expected a name of small letters, digits and "-", such as "greeter"');
  const folder = terminal.directory;
  if ((await house.services()).has(name)) {
    terminal.err(`portico: there is a service type called ${name} already\n`);
    return exitCodes.negative;
  }
  const isCheckout = await isOurs(folder);
  const files = await (isCheckout ? builtInFiles(name) : moduleFiles(name));
  const taken = files.find(({ path }) => existsSync(join(folder, path)));
  if (taken !== undefined) {
    terminal.err(`portico: there is ${taken.path} already, nothing was written\n`);
    return exitCodes.negative;
  }
  try {
    for (const file of files) await write(folder, file);
  } catch (error) {
    terminal.err(`portico: ${reasonOf(error)}\n`);
    return exitCodes.permission;
  }
  for (const { path } of files) terminal.out(`${path}\n`);
  terminal.out(isCheckout ? nextInCheckout(name) : nextBesideConfiguration(name, nodeCommand(terminal.env)));
  return exitCodes.ok;
};

export default newService;

/** A checkout of Portico: the service becomes a built-in one. */
async function isOurs(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, 'src/services/index.ts'))) return false;
  const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
  return name === 'portico';
}

async function write(folder: string, { path, text }: NewFile): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text, { flag: 'wx' });
}

function nextInCheckout(name: string): string {
  return `
Next: add it to the list in src/services/index.ts,

${registration(name)}

and to daemon.config.yaml; then

    npm run docs
    npx tap run test/services/${name}.test.ts
`;
}

/** The Node.js that runs us, by its path where "node" is another one, and perhaps too old. */
function nodeCommand(env: Terminal['env']): string {
  const first = (env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => join(place, 'node'))
    .find((path) => existsSync(path));
  return first !== undefined && realpathSync(first) === realpathSync(process.execPath) ? 'node' : process.execPath;
}

/** Packs the checkout or the package that this is; only a checkout has to be built, and can be. */
function packageCommand(): string {
  const ownRoot = join(import.meta.dirname, '../..');
  const quoted = /^[\w./@+-]+$/.test(ownRoot) ? ownRoot : `'${ownRoot.replaceAll("'", String.raw`'\''`)}'`;
  const isCheckout = existsSync(join(ownRoot, 'src/main.ts'));
  return `npm pack -s ${isCheckout ? '' : '--ignore-scripts '}${quoted}`;
}

function nextBesideConfiguration(name: string, node: string): string {
  return `
Next: name it in a configuration,

    services:
      ${name}:
        type: ./${name}.ts
        listen: tcp://127.0.0.1:2999

and try it; its test, and an editor, want the packages and "type": "module" in package.json (Node.js 26 has to be there):

    npm init -y && npm pkg set type=module
    npm install "$(${packageCommand()})" zod
    ${node} --test ${name}.test.ts
`;
}
