import { suggestion } from '../config/nearest.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import type { ServiceModule } from '../contract/service.ts';
import type { Command } from './commands.ts';
import type { OptionDescription } from './house.ts';
import { renderTable } from './table.ts';
import type { Terminal } from './terminal.ts';

const services: Command = async ({ words, terminal, house }) => {
  const known = await house.services();
  const [name] = words;
  if (name === undefined) {
    terminal.out(renderTypes([...known.values()], terminal));
    return exitCodes.ok;
  }
  const module = known.get(name);
  if (module === undefined) {
    throw new ExitError(exitCodes.negative, `there is no service type "${name}"${suggestion(name, known.keys())}`);
  }
  terminal.out(renderType(module, await house.describeOptions(module), terminal));
  return exitCodes.ok;
};

export default services;

function renderTypes(modules: readonly ServiceModule[], terminal: Terminal): string {
  const rows = modules.map((module) => [module.name, module.transports.join(', '), module.summary]);
  return renderTable({ titles: ['TYPE', 'TRANSPORTS', 'SUMMARY'], rows }, terminal);
}

function renderType(module: ServiceModule, options: readonly OptionDescription[], terminal: Terminal): string {
  const heading = (text: string): string => terminal.style('bold', text);
  const rows = options.map((option) => [
    option.name,
    option.type,
    option.default ?? (option.isRequired ? 'must be given' : '-'),
    option.description,
  ]);
  const table =
    rows.length === 0
      ? 'none of its own\n'
      : renderTable({ titles: ['OPTION', 'VALUE', 'DEFAULT', 'MEANING'], rows }, terminal);
  return [
    `${heading(module.name)} (${module.transports.join(', ')}): ${module.summary}\n`,
    `${heading('Options')}\n${table}`,
    `${heading('Example')}\n${exampleOf(module)}`,
  ].join('\n');
}

/** As it stands in a configuration. */
function exampleOf(module: ServiceModule): string {
  const lines = module.example.trimEnd().split('\n');
  return `services:\n  ${module.name}:\n${lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('')}`;
}
