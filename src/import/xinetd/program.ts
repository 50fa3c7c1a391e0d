import { basename } from 'node:path';

import { programOptions, unwrapTcpd } from '../program.ts';
import type { Settings } from './attributes.ts';

/** The options of `exec` for a service with a server. */
export function execOptionsOf(settings: Settings, remarks: string[]): Record<string, unknown> {
  const wait = settings.first('wait')?.toLowerCase() === 'yes';
  const isDatagram = settings.first('socket_type') === 'dgram';
  if (isDatagram && !wait) remarks.push('"wait = no" with datagrams: it runs one program at a time here');
  const isWrapped = wait ? null : unwrapTcpd(lineOf(settings));
  return {
    ...programOptions({ ...(isWrapped ?? lineOf(settings)), wait: wait || isDatagram }, remarks),
    ...environmentOf(settings, remarks),
    ...maskOf(settings, remarks),
    ...numberOf(settings, 'nice', /^[+-]?\d{1,2}$/, remarks, (value) => value >= -20 && value <= 19),
    ...numberOf(settings, 'max_load', /^\d{1,5}(?:\.\d*)?$/, remarks, (value) => value > 0),
    ...rlimitsOf(settings, remarks),
  };
}

/** xinetd puts the server's base name first, unless NAMEINARGS says that the arguments have it. */
function lineOf(settings: Settings): { program: string; argv: readonly string[] } {
  const program = settings.first('server') ?? '';
  const args = settings.values('server_args') ?? [];
  const hasName = (settings.values('flags') ?? []).some((flag) => flag.toUpperCase() === 'NAMEINARGS');
  return { program, argv: hasName ? args : [basename(program), ...args] };
}

function environmentOf(settings: Settings, remarks: string[]): Record<string, unknown> {
  const pairs = (settings.values('env') ?? []).flatMap((word): [string, string][] => {
    const at = word.indexOf('=');
    if (at > 0) return [[word.slice(0, at), word.slice(at + 1)]];
    remarks.push(`left out: "${word}" of env is no NAME=value`);
    return [];
  });
  const passed = (settings.values('passenv') ?? []).filter((name) => !name.includes('='));
  return {
    ...(pairs.length === 0 ? {} : { env: Object.fromEntries(pairs) }),
    ...(passed.length === 0 ? {} : { pass_env: passed }),
  };
}

function maskOf(settings: Settings, remarks: string[]): Record<string, unknown> {
  const umask = settings.first('umask');
  if (umask === null) return {};
  if (/^0*[0-7]{1,3}$/.test(umask)) return { umask: umask.replace(/^0+/, '').padStart(3, '0') };
  remarks.push(`left out: umask ${umask} is no octal number`);
  return {};
}

function numberOf(
  settings: Settings,
  name: string,
  shape: RegExp,
  remarks: string[],
  isFine: (value: number) => boolean,
): Record<string, unknown> {
  const text = settings.first(name);
  if (text === null) return {};
  if (shape.test(text) && isFine(Number(text))) return { [name]: Number(text) };
  remarks.push(`left out: ${name} ${text}`);
  return {};
}

const resources = ['as', 'cpu', 'data', 'rss', 'stack', 'files'] as const;

function rlimitsOf(settings: Settings, remarks: string[]): Record<string, unknown> {
  const limits: Record<string, unknown> = {};
  for (const name of resources) {
    const text = settings.first(`rlimit_${name}`);
    const value = text === null ? null : rlimitOf(name, text);
    if (value !== null) limits[name] = value;
    else if (text !== null) remarks.push(`left out: rlimit_${name} ${text}`);
  }
  return Object.keys(limits).length === 0 ? {} : { rlimits: limits };
}

/** Bytes with K or M, seconds for `cpu`, a count for `files`. */
function rlimitOf(name: (typeof resources)[number], text: string): string | number | null {
  if (text.toUpperCase() === 'UNLIMITED') return 'unlimited';
  const [, digits, unit = ''] = /^(\d{1,9})([kKmM]?)$/.exec(text) ?? [];
  if (digits === undefined || ((name === 'cpu' || name === 'files') && (unit !== '' || Number(digits) < 1)))
    return null;
  // Ten years of computing are no limit.
  if (name === 'cpu') return Number(digits) > maxSeconds ? 'unlimited' : `${Number(digits)}s`;
  return name === 'files' ? Number(digits) : `${Number(digits)}${unit === '' ? '' : unit.toUpperCase()}B`;
}

const maxSeconds = 315_360_000;
