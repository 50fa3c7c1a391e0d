/** The program: reads the command line and names the parts that its commands need, each loaded when it is asked for. */
import { readFileSync } from 'node:fs';

import { runCommandLine } from './cli/command-line.ts';
import type { House } from './cli/house.ts';
import { createTerminal } from './cli/terminal.ts';
import { exitCodes } from './contract/errors.ts';

const house: House = {
  async version() {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    return version;
  },
  async services(types) {
    const { loadServices } = await import('./services/index.ts');
    return loadServices(types);
  },
  async loadConfig(file) {
    const [{ loadConfig }, { services }, { loadModule }] = await Promise.all([
      import('./config/load.ts'),
      import('./services/index.ts'),
      import('./worker/load-module.ts'),
    ]);
    return await loadConfig(file, { types: services, loadModule });
  },
  async renderMistakes(mistakes) {
    const [{ renderMistakes }, { readForExcerpts }] = await Promise.all([
      import('./config/mistakes.ts'),
      import('./config/files.ts'),
    ]);
    return renderMistakes(mistakes, readForExcerpts);
  },
  async configSchema() {
    const [{ configSchema }, { loadServices }] = await Promise.all([
      import('./config/schema.ts'),
      import('./services/index.ts'),
    ]);
    return configSchema(await loadServices());
  },
  async describeOptions(module) {
    const { describeOptions } = await import('./config/describe-options.ts');
    return describeOptions(module, { hasMembers: true });
  },
  async runDaemon(options) {
    const { runDaemon } = await import('./master/run.ts');
    return await runDaemon(options);
  },
};

const terminal = createTerminal();
const code = await runCommandLine(process.argv.slice(2), house, terminal);
const isWhole = await terminal.flush();
// A handle that a part forgot must not keep the process.
process.exit(code === exitCodes.ok && !isWhole ? exitCodes.internal : code);
