import { commands } from '../../src/cli/commands.ts';
import { programHelp, usageOf } from '../../src/cli/help.ts';
import { exitCodes } from '../../src/contract/errors.ts';
import type { Blocks } from './fill-blocks.ts';
import { sentence, table } from './markdown.ts';

/** What `portico --help` says, each command by itself, and the exit codes. */
export function commandBlocks(): Blocks {
  const rows = Object.entries(commands).map(([name, command]) => [
    `\`portico ${usageOf(name, command)}\``,
    [sentence(command.summary), command.notes ?? ''].join(' ').trim(),
  ]);
  const codes = Object.entries(exitCodes).map(([name, code]) => [
    String(code),
    meanings[name as keyof typeof exitCodes],
  ]);
  return {
    help: `\`\`\`text\n${programHelp()}\`\`\``,
    commands: table(['Command', 'What it does'], rows),
    'exit-codes': table(['Code', 'Meaning'], codes),
  };
}

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'Done.',
  negative: "The command's own negative answer: no such session, not up in time.",
  notRunning: 'The daemon is not running.',
  usage: 'The command line cannot be understood.',
  unavailable: 'An address cannot be bound, or a daemon is running already.',
  internal: 'An internal error.',
  permission: 'Not permitted.',
  config: 'The configuration has mistakes.',
};
