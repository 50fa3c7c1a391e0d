import { programOptions } from '../program.ts';
import type { Unit } from './units.ts';
import { readLimit, readTime } from './values.ts';
import { expandWords, readVariables, splitWords } from './words.ts';

export interface UnitProgram {
  readonly options: Record<string, unknown>;
  /** What in its command line we cannot know. */
  readonly unknown: readonly string[];
}

/** What a service unit starts, as options of `exec`. A text says why it cannot be. */
export function programOf(service: Unit, wait: boolean, remarks: string[]): UnitProgram | string {
  const lines = service.all('Service', 'ExecStart');
  if (lines.length !== 1) return `expected one ExecStart=, got ${lines.length}`;
  const env = environmentOf(service, remarks);
  const [, prefix = '', line = ''] = /^([-:@+!|]*)(.*)$/s.exec(lines[0]?.value ?? '') ?? [];
  const command = splitWords(line);
  if (command === null || command.length === 0) return 'its ExecStart= is no command line';
  if (command.includes(';')) return 'its ExecStart= has more than one command';
  if (/[+!]/.test(prefix))
    remarks.push(`left out: "${prefix}" before its command, which gave it more rights than its user's`);
  const { words, unknown } = expandWords(command, env);
  const [program = '', ...rest] = words;
  if (!program.startsWith('/')) return `expected the absolute path of a program, got ${JSON.stringify(program)}`;
  const argv = prefix.includes('@') ? rest : [program, ...rest];
  return {
    options: {
      ...programOptions({ program, argv, wait }, remarks),
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...passedOf(service),
      ...directoryOf(service, remarks),
      ...errorsOf(service),
      ...maskOf(service),
      ...niceOf(service),
      ...rlimitsOf(service, remarks),
    },
    unknown,
  };
}

function environmentOf(service: Unit, remarks: string[]): Record<string, string> {
  for (const { value } of service.all('Service', 'EnvironmentFile'))
    remarks.push(`left out: the variables in ${value.replace(/^-/, '')}`);
  return Object.assign(
    {},
    ...service
      .all('Service', 'Environment')
      .map(({ value }) => readVariables(splitWords(value.replaceAll('%%', '%')) ?? [])),
  ) as Record<string, string>;
}

function passedOf(service: Unit): Record<string, unknown> {
  const names = service.all('Service', 'PassEnvironment').flatMap(({ value }) => value.split(/\s+/));
  const fine = names.filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  return fine.length === 0 ? {} : { pass_env: fine };
}

function directoryOf(service: Unit, remarks: string[]): Record<string, unknown> {
  const directory = service.last('Service', 'WorkingDirectory')?.replace(/^-/, '') ?? null;
  if (directory === null || directory === '/') return {};
  if (directory.startsWith('/') && !directory.includes('%')) return { directory };
  remarks.push(`left out: WorkingDirectory=${directory}`);
  return {};
}

/** systemd.exec(5): with the socket as its input, output and errors go there too, unless something else is said. */
function errorsOf(service: Unit): Record<string, unknown> {
  const [output, errors] = [service.last('Service', 'StandardOutput'), service.last('Service', 'StandardError')];
  const target =
    errors === null || errors === 'inherit' ? (output === null || output === 'inherit' ? 'socket' : output) : errors;
  if (target === 'socket') return { stderr: 'socket' };
  return target === 'null' ? { stderr: 'discard' } : {};
}

function maskOf(service: Unit): Record<string, unknown> {
  const umask = service.last('Service', 'UMask');
  return umask !== null && /^0?[0-7]{3}$/.test(umask) ? { umask: umask.padStart(4, '0') } : {};
}

function niceOf(service: Unit): Record<string, unknown> {
  const nice = service.last('Service', 'Nice');
  return nice !== null && /^-?\d{1,2}$/.test(nice) && Math.abs(Number(nice)) <= 19 ? { nice: Number(nice) } : {};
}

const resources: Readonly<Record<string, string>> = {
  LimitAS: 'as',
  LimitCORE: 'core',
  LimitCPU: 'cpu',
  LimitDATA: 'data',
  LimitFSIZE: 'fsize',
  LimitMEMLOCK: 'memlock',
  LimitNOFILE: 'files',
  LimitNPROC: 'processes',
  LimitRSS: 'rss',
  LimitSTACK: 'stack',
};

function rlimitsOf(service: Unit, remarks: string[]): Record<string, unknown> {
  const limits: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(resources)) {
    const text = service.last('Service', key);
    if (text === null) continue;
    const [soft = '', hard] = text.split(':');
    const value = rlimitOf(name, hard ?? soft);
    if (value === null) remarks.push(`left out: ${key}=${text}`);
    else limits[name] = value;
    if (value !== null && hard !== undefined && hard !== soft)
      remarks.push(`${key}=${text}: the hard limit is both here`);
  }
  return Object.keys(limits).length === 0 ? {} : { rlimits: limits };
}

function rlimitOf(name: string, text: string): string | number | null {
  if (text === 'infinity') return 'unlimited';
  if (name === 'files' || name === 'processes') return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
  if (name !== 'cpu') return readLimit(text);
  const ms = readTime(text);
  if (ms === null || ms < 1000) return null;
  return ms > maxMs ? 'unlimited' : `${Math.ceil(ms / 1000)}s`;
}

// Ten years of computing are no limit.
const maxMs = 315_360_000_000;
