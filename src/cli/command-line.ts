import { ConfigError, exitCodes, ExitError, reasonOf } from '../contract/errors.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import type { House } from './house.ts';
import { parseArguments, UsageError } from './parse-arguments.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Does what a command line says and resolves with its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], house: House, terminal: Terminal): Promise<number> {
  try {
    return await invoke(args, house, terminal);
  } catch (error) {
    return await explain(error, house, terminal);
  }
}

async function invoke(args: readonly string[], house: House, terminal: Terminal): Promise<number> {
  if (args.length === 0) {
    terminal.err(programHelp());
    return exitCodes.usage;
  }
  const invocation = parseArguments(args);
  switch (invocation.kind) {
    case 'version':
      terminal.out(`portico ${await house.version()}\n`);
      return exitCodes.ok;
    case 'help': {
      const command = invocation.name === null ? undefined : commands[invocation.name];
      terminal.out(command === undefined ? programHelp() : commandHelp(invocation.name ?? '', command));
      return exitCodes.ok;
    }
    case 'run': {
      const { name, options, words } = invocation;
      const command = await commands[name]?.load();
      if (command === undefined) throw new Error(`command ${name} is not in the table`);
      return await command.default({ options, words, terminal, house });
    }
  }
}

async function explain(error: unknown, house: House, terminal: Terminal): Promise<number> {
  if (error instanceof ConfigError) {
    terminal.err(await house.renderMistakes(error.mistakes));
    return exitCodes.config;
  }
  if (error instanceof ExitError) {
    terminal.err(`portico: ${error.message.split('\n').map(printable).join('\n')}\n`);
    if (error instanceof UsageError) {
      terminal.err(`Try "portico ${error.command === null ? '' : `${error.command} `}--help".\n`);
    }
    return error.code;
  }
  terminal.err(
    `portico: internal error: ${error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)}\n`,
  );
  return exitCodes.internal;
}
