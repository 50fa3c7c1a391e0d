import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import t from 'tap';

import { pages, renderPage } from '../scripts/generate-docs.ts';
import { commands } from '../src/cli/commands.ts';
import { loadConfig } from '../src/config/load.ts';
import { renderMistakes } from '../src/config/mistakes.ts';
import { ConfigError } from '../src/contract/errors.ts';
import type { Plan } from '../src/contract/plan.ts';
import { services } from '../src/services/index.ts';
import { loadModule } from '../src/worker/load-module.ts';
import { pem } from './config/pem.ts';
import { listFiles, root } from './support/source-tree.ts';

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...listFiles('docs').map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** A copy of the examples, with the certificate that they leave to the reader to bring. */
const folder = mkdtempSync(join(tmpdir(), 'portico-docs-'));
t.teardown(() => rmSync(folder, { recursive: true }));
cpSync(join(root, 'examples'), folder, { recursive: true });
writeFileSync(join(folder, 'public.pem'), pem.goodCert);
writeFileSync(join(folder, 'public.key'), pem.goodKey);

t.test('the generated parts of the documentation are up to date (npm run docs)', async (t) => {
  for (const page of pages) {
    const { now, wanted } = renderPage(page);
    t.equal(now, wanted, page.path);
  }
});

t.test('every service type has its page, and every page its service type', async (t) => {
  const names = listFiles('docs/services').map((file) => file.replace(/\.md$/, ''));
  t.same(names, [...services.keys()].sort());
});

t.test('every configuration in the documentation can be loaded', async (t) => {
  for (const { path, text } of documents) {
    for (const [index, yaml] of blocksOf(text, 'yaml').entries()) {
      const file = join(folder, 'documented.yaml');
      writeFileSync(file, completed(yaml));
      t.equal(await mistakesOf(file), '', `${path}, configuration ${index + 1}`);
    }
  }
});

t.test('every example can be loaded', async (t) => {
  const examples = listFiles('examples').filter((file) => file.endsWith('.yaml'));
  t.ok(examples.length > 5);
  for (const file of examples) t.equal(await mistakesOf(join(folder, file)), '', file);
});

t.test('no two examples share what they keep', async (t) => {
  const examples = listFiles('examples').filter((file) => file.endsWith('.yaml'));
  const plans = await Promise.all(examples.map((file) => load(join(folder, file))));
  const states = plans.map(({ daemon }) => daemon.state);
  t.same([...new Set(states)], states);
});

t.test('what npm start runs needs nothing from outside', async (t) => {
  const plan = await load(join(root, 'daemon.config.yaml'));
  const types = new Set(plan.services.map(({ type }) => type));
  t.same([...types].sort(), [...services.keys()].sort(), 'every service type');
  for (const { host, port, text } of plan.services.flatMap(({ listen }) => listen)) {
    t.equal(host, '127.0.0.1', text);
    t.ok(port > 1024, text);
  }
});

t.test('links lead somewhere', async (t) => {
  for (const { path, text } of documents) {
    for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#', 2);
      const whole = file === '' ? path : join(dirname(path), file);
      t.ok(existsSync(join(root, whole)), `${path}: ${target}`);
      if (anchor === undefined || !whole.endsWith('.md')) continue;
      t.ok(anchorsOf(readFileSync(join(root, whole), 'utf8')).has(anchor), `${path}: ${target}`);
    }
  }
});

t.test('commands that are shown exist', async (t) => {
  for (const { path, text } of documents) {
    const shown = blocksOf(text, 'sh').flatMap((block) => [...block.matchAll(/^\s*(?:npx |sudo )*portico ([\w-]+)/gm)]);
    for (const [line, name = ''] of shown) t.ok(Object.hasOwn(commands, name), `${path}: ${line}`);
  }
});

t.test('files of ours that are named exist', async (t) => {
  const places = /(?:^|[\s`(])((?:src|test|docs|examples|scripts|systemd|bench|chaos)\/[\w./-]*\w\.\w+)/g;
  for (const { path, text } of documents) {
    for (const [, file = ''] of text.matchAll(places)) {
      if (!/NAME|NNNN/.test(file)) t.ok(existsSync(join(root, file)), `${path}: ${file}`);
    }
  }
});

t.test('every dependency has its reason', async (t) => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object>;
  const declared = ['dependencies', 'devDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  const page = readFileSync(join(root, 'docs/decisions/0001-dependencies.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)]);
  t.same(rows.map(([, name = '']) => name).sort(), declared.sort());
});

function load(file: string): Promise<Plan> {
  return loadConfig(file, { types: services, loadModule, env: {} });
}

/** What `portico check` would say; "" when nothing is wrong. */
async function mistakesOf(file: string): Promise<string> {
  try {
    await load(file);
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return renderMistakes(error.mistakes, (path) => readFileSync(resolve(path), 'utf8'));
  }
}

/** A part of a configuration is loaded as part of the smallest one. */
function completed(yaml: string): string {
  return /^services:/m.test(yaml) ? yaml : `${yaml}\nservices:\n  echo:\n    listen: tcp://127.0.0.1:2007\n`;
}

function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set(headings.map(slug));
}
