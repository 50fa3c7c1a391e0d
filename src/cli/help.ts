import { commands, options, type CommandSpec, type OptionName, type OptionSpec } from './commands.ts';

/** What `portico --help` shows. */
export function programHelp(): string {
  const lines = Object.entries(commands).map(([name, command]) => [usageOf(name, command), command.summary] as const);
  return [
    'Usage: portico COMMAND [OPTIONS]',
    '',
    'One daemon for the protocols that scripts, devices and old systems still speak.',
    '',
    'Commands:',
    ...columns(lines, maxUsageWidth),
    '',
    'Options:',
    ...optionLines(['config', 'help', 'version']),
    '',
    'portico COMMAND --help tells more.',
    '',
  ].join('\n');
}

/** What `portico run --help` shows. */
export function commandHelp(name: string, command: CommandSpec): string {
  const notes = command.notes === undefined ? [] : ['', command.notes];
  return [
    `Usage: portico ${usageOf(name, command)}`,
    '',
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...notes,
    '',
    'Options:',
    ...optionLines([...command.options, 'help']),
    '',
  ].join('\n');
}

/** "kick [-c FILE] ID" */
export function usageOf(name: string, command: CommandSpec): string {
  const brackets = command.options.map((option) => `[${optionUsage(option, true)}]`);
  return [name, ...brackets, ...command.words].join(' ');
}

function optionUsage(name: OptionName, isShort: boolean): string {
  const spec: OptionSpec = options[name];
  const short = spec.short === undefined ? '' : `-${spec.short}`;
  const flags = isShort && short !== '' ? short : [short, `--${name}`].filter((flag) => flag !== '').join(', ');
  return spec.value === undefined ? flags : `${flags} ${spec.value}`;
}

function optionLines(names: readonly OptionName[]): string[] {
  return columns(names.map((name) => [optionUsage(name, false), options[name].summary] as const));
}

// What leaves room for the summaries on an ordinary terminal.
const maxUsageWidth = 36;

/** Two columns; what is wider than the first may be has the second below it. */
function columns(lines: readonly (readonly [string, string])[], maxWidth: number = Infinity): string[] {
  const width = Math.max(...lines.map(([left]) => left.length).filter((length) => length <= maxWidth));
  return lines.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${''.padEnd(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
}
