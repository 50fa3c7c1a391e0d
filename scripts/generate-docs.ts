/**
 * Fills the generated parts of the documentation: what stands between `<!-- generated: NAME -->` and
 * `<!-- /generated -->`. Everything around them is written by hand. `npm run docs` writes the pages; a test checks them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadServices } from '../src/services/index.ts';
import { commandBlocks } from './docs/command-blocks.ts';
import { configurationBlocks } from './docs/configuration-blocks.ts';
import { fillBlocks, type Blocks } from './docs/fill-blocks.ts';
import { loggingBlocks } from './docs/logging-blocks.ts';
import { serviceBlocks, servicesBlocks } from './docs/service-blocks.ts';

export interface Page {
  /** From the checkout: "docs/services/echo.md". */
  readonly path: string;
  readonly blocks: Blocks;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const services = await loadServices();

/** Every page with generated parts. */
export const pages: readonly Page[] = [
  { path: 'README.md', blocks: servicesBlocks(services) },
  { path: 'docs/configuration.md', blocks: configurationBlocks() },
  { path: 'docs/command-line.md', blocks: commandBlocks() },
  { path: 'docs/logging.md', blocks: loggingBlocks() },
  {
    path: 'docs/ADDING-A-SERVICE.md',
    blocks: Object.fromEntries(
      ['src/services/echo.ts', 'test/services/echo.test.ts', 'examples/greeter.ts'].map((file) => [
        file,
        `\`\`\`ts\n${readFileSync(join(root, file), 'utf8')}\`\`\``,
      ]),
    ),
  },
  ...[...services.values()].map((module) => ({
    path: `docs/services/${module.name}.md`,
    blocks: serviceBlocks(module),
  })),
];

/** The page as it stands, and as it should. A page that is not there yet is its generated parts. */
export function renderPage({ path, blocks }: Page): { readonly now: string; readonly wanted: string } {
  const file = join(root, path);
  const now = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { now, wanted: fillBlocks(now === '' ? emptyPage(blocks) : now, blocks, path) };
}

function emptyPage(blocks: Blocks): string {
  return Object.keys(blocks)
    .map((name) => `<!-- generated: ${name} -->\n<!-- /generated -->\n`)
    .join('\n');
}

if (import.meta.main) {
  for (const page of pages) {
    const { now, wanted } = renderPage(page);
    if (now !== wanted) writeFileSync(join(root, page.path), wanted);
    process.stdout.write(`${now === wanted ? 'same   ' : 'written'} ${page.path}\n`);
  }
}
