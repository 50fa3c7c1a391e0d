import { parseArgs } from 'node:util';

import { suggestion } from '../config/nearest.ts';
import { exitCodes, ExitError } from '../contract/errors.ts';
import {
  commands,
  options,
  type CommandSpec,
  type OptionName,
  type OptionSpec,
  type OptionValues,
} from './commands.ts';

export type Invocation =
  | { readonly kind: 'run'; readonly name: string; readonly options: OptionValues; readonly words: readonly string[] }
  /** `name` is null for the program as a whole. */
  | { readonly kind: 'help'; readonly name: string | null }
  | { readonly kind: 'version' };

/** A command line that cannot be understood; says which help would. */
export class UsageError extends ExitError {
  readonly command: string | null;
  constructor(command: string | null, message: string) {
    super(exitCodes.usage, message);
    this.command = command;
  }
}

/** Options may stand anywhere, before and after the command and its words. */
export function parseArguments(args: readonly string[]): Invocation {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = tokens.filter((token) => token.kind === 'option');
  const [name, ...words] = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;

  if (given.some((option) => option.name === 'help')) return helpOn(name);
  if (name === 'help') return helpOn(words[0]);
  if (given.some((option) => option.name === 'version')) return { kind: 'version' };

  // An unknown option first: what follows it may be its value, and would be taken for the command.
  for (const option of given) {
    if (!isOption(option.name)) throw unknownOption(option.rawName, command, command && name);
  }
  if (name === undefined) throw new UsageError(null, 'a command is missing');
  if (command === undefined) throw unknownCommand(name);

  const values: Record<string, string | boolean> = {};
  for (const option of given) {
    if (!command.options.some((known) => known === option.name)) throw unknownOption(option.rawName, command, name);
    values[option.name] = valueOf(option, name);
  }
  checkWords(name, command, words);
  return { kind: 'run', name, options: values, words };
}

function helpOn(name: string | undefined): Invocation {
  if (name === undefined) return { kind: 'help', name: null };
  if (!Object.hasOwn(commands, name)) throw unknownCommand(name);
  return { kind: 'help', name };
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

function valueOf(
  option: { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
  command: string,
): string | boolean {
  const spec: OptionSpec = options[option.name as OptionName];
  if (spec.type === 'boolean') {
    if (option.value !== undefined) throw new UsageError(command, `${option.rawName} takes no value`);
    return true;
  }
  const needs = `${option.rawName} needs a value: ${option.rawName} ${spec.value}`;
  if (option.value === undefined || option.value === '') throw new UsageError(command, needs);
  if (option.inlineValue !== true && option.value.startsWith('-')) throw new UsageError(command, needs);
  return option.value;
}

function checkWords(name: string, command: CommandSpec, words: readonly string[]): void {
  const missing = command.words[words.length];
  if (missing !== undefined && !missing.startsWith('[')) throw new UsageError(name, `${name} needs ${missing}`);
  if (command.words.at(-1)?.includes('…') === true) return;
  const extra = words[command.words.length];
  if (extra !== undefined) throw new UsageError(name, `${name} does not take "${extra}"`);
}

function unknownOption(written: string, command: CommandSpec | undefined, name: string | undefined): UsageError {
  // "-----BEGIN …": a slip, which must not stand in a terminal's history of errors too.
  if (written.includes('PRIVATE KEY')) return new UsageError(name ?? null, 'expected a public key, got a private one');
  const known: readonly OptionName[] = command?.options ?? (Object.keys(options) as OptionName[]);
  const names = [...known, 'help'].map((option) => `--${option}`);
  const where = name === undefined ? '' : ` of ${name}`;
  return new UsageError(name ?? null, `unknown option "${written}"${where}${suggestion(written, names)}`);
}

function unknownCommand(name: string): UsageError {
  return new UsageError(null, `unknown command "${name}"${suggestion(name, Object.keys(commands))}`);
}
