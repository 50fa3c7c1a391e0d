import { ConfigError, exitCodes, type Mistake } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findConfigFile } from './config-file.ts';
import { formatJson } from './format.ts';
import { printable } from './table.ts';

const check: Command = async (call) => {
  const { options, terminal, house } = call;
  const { name } = findConfigFile(call);
  let mistakes: readonly Mistake[] = [];
  let warnings: readonly string[] = [];
  try {
    const plan = await house.loadConfig(name);
    const [{ checkState }, { findWarnings }, { checkFiles }, { checkDeliveries }] = await Promise.all([
      import('../config/check-state.ts'),
      import('../config/warnings.ts'),
      import('../doctor/files.ts'),
      import('../doctor/deliveries.ts'),
    ]);
    const state = checkState(plan);
    const patient = { plan, status: null };
    // They may come before the daemon starts, so that they are no mistakes.
    const files = [...checkFiles(patient), ...checkDeliveries(patient)].filter(({ severity }) => severity === 'error');
    warnings = [...state.warnings, ...findWarnings(plan), ...files.map(({ message }) => message)];
    mistakes = state.mistakes.map((message) => ({
      file: name,
      line: 1,
      column: 1,
      path: 'certificates',
      message,
      length: 1,
    }));
    if (options.json !== true) {
      for (const warning of warnings) terminal.err(`${printable(`${name}: warning: ${warning}`)}\n`);
      for (const { message } of mistakes) terminal.err(`${printable(`${name}: ${message}`)}\n`);
      if (mistakes.length === 0) terminal.out(`${printable(name)}: fine, ${count(plan.services.length, 'service')}\n`);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes = error.mistakes;
    if (options.json !== true) terminal.err(await house.renderMistakes(mistakes));
  }
  if (options.json === true) terminal.out(formatJson({ mistakes: mistakes.map(shown), warnings }, 2));
  return mistakes.length === 0 ? exitCodes.ok : exitCodes.config;
};

export default check;

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function shown({ file, line, column, path, message }: Mistake): Omit<Mistake, 'length'> {
  return { file, line, column, path, message };
}
