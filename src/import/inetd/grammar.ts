import type { Dialect } from './dialect.ts';

/** One line of inetd.conf(5), taken apart. Pure. */
export type Line =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** "192.0.2.1:" alone: where the lines below listen. */
  | { readonly kind: 'listen'; readonly hosts: readonly string[] }
  | { readonly kind: 'include'; readonly pattern: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrong'; readonly reason: string };

export interface Entry {
  /** Addresses before the service's name. */
  readonly hosts: readonly string[];
  /** Name or number of a port, "rstatd/1-5", "tcpmux/+NAME" or a path. */
  readonly service: string;
  /** FreeBSD's ":user:group:mode:" before a path. */
  readonly owner: { readonly user: string; readonly group: string; readonly mode: string } | null;
  readonly socketType: string;
  /** Without its buffer sizes. */
  readonly protocol: string;
  /** "sndbuf=64k", and NetBSD's accept filter. */
  readonly tuning: readonly string[];
  readonly wait: boolean;
  readonly startsPerMinute: number | null;
  readonly maxChildren: number | null;
  readonly perSourcePerMinute: number | null;
  readonly maxPerSource: number | null;
  /** "user:group", as written. */
  readonly user: string;
  readonly program: string;
  /** argv[0] first. */
  readonly argv: readonly string[];
  readonly isOff: boolean;
}

const socketTypes = ['stream', 'dgram', 'raw', 'rdm', 'seqpacket'];

export function parseLine(text: string, dialect: Dialect): Line {
  const line = text.trim();
  // update-inetd's way to switch a line off.
  const off = /^#\s?<off>#\s?(.*)$/.exec(line);
  if (off !== null) return parseOff(off[1] ?? '', dialect);
  if (line === '') return { kind: 'nothing' };
  if (line.startsWith('#')) {
    // "#ftp stream tcp …" is an entry that somebody may want again, "# this is a stream" is not.
    const commented = parseEntry(line.replace(/^#+\s*/, ''), dialect, true);
    return commented.kind === 'entry' ? commented : { kind: 'nothing' };
  }
  const include = /^\.include\s+"?([^"]+?)"?$/.exec(line);
  if (include !== null) return { kind: 'include', pattern: include[1] ?? '' };
  const hosts = /^(\S+):$/.exec(line);
  if (hosts !== null) return { kind: 'listen', hosts: splitHosts(hosts[1] ?? '') };
  return parseEntry(line, dialect, false);
}

function parseOff(text: string, dialect: Dialect): Line {
  return parseEntry(text.trim(), dialect, true);
}

function parseEntry(text: string, dialect: Dialect, isOff: boolean): Line {
  const [service = '', socketType = '', protocol, wait = '', user, program = '', ...argv] = splitFields(text, dialect);
  const wrong = (reason: string): Line => ({ kind: 'wrong', reason });
  const [type = '', ...typeTuning] = socketType.split(/[,:]/);
  if (!socketTypes.includes(type))
    return wrong(`expected a socket type such as "stream", got ${JSON.stringify(socketType)}`);
  if (protocol === undefined || user === undefined) return wrong('expected at least six fields');
  const waiting = parseWait(wait);
  if (waiting === null) return wrong(`expected "wait" or "nowait", got ${JSON.stringify(wait)}`);
  if (program !== 'internal' && !program.startsWith('/')) {
    return wrong(`expected the absolute path of a program or "internal", got ${JSON.stringify(program)}`);
  }
  const [plainProtocol = '', ...buffers] = protocol.split(',');
  return {
    kind: 'entry',
    entry: {
      ...parseService(service),
      socketType: type,
      protocol: plainProtocol,
      tuning: [...typeTuning, ...buffers],
      ...waiting,
      user,
      program,
      argv,
      isOff,
    },
  };
}

/** Blanks and tabs divide. Only NetBSD knows quotes. */
function splitFields(text: string, dialect: Dialect): string[] {
  // Some packages' scripts wrote a backslash and a "t" where they meant a tab.
  const line = /^[^\s\\]+\\t/.test(text) ? text.replaceAll('\\t', '\t') : text;
  if (dialect !== 'netbsd') return line.split(/\s+/).filter((field) => field !== '');
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([field]) =>
    field.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}

export function parseService(text: string): Pick<Entry, 'hosts' | 'service' | 'owner'> {
  const owned = /^:([^:]*):([^:]*):([^:]*):(\/.*)$/.exec(text);
  if (owned !== null) {
    const [, user = '', group = '', mode = '', path = ''] = owned;
    return { hosts: [], service: path, owner: { user, group, mode } };
  }
  const at = text.lastIndexOf(':');
  if (at === -1 || text.startsWith('/')) return { hosts: [], service: text, owner: null };
  return { hosts: splitHosts(text.slice(0, at)), service: text.slice(at + 1), owner: null };
}

export function splitHosts(text: string): string[] {
  return text
    .split(',')
    .map((host) => host.replaceAll(/[[\]]/g, ''))
    .filter((host) => host !== '');
}

type Waiting = Pick<Entry, 'wait' | 'startsPerMinute' | 'maxChildren' | 'perSourcePerMinute' | 'maxPerSource'>;

/** "nowait.60" and "nowait:60" are starts per minute; "nowait/5/20/2" are children, starts per minute and source, children per source. */
function parseWait(text: string): Waiting | null {
  const [, word, , perMinute, children, perSource, ofSource] =
    /^(wait|nowait)(?:([.:])(\d{1,9})|\/(\d{1,9})(?:\/(\d{1,9})(?:\/(\d{1,9}))?)?)?$/.exec(text) ?? [];
  if (word === undefined) return null;
  // 0 is "no limit" for FreeBSD, and a million is none either.
  const number = (digits = '0'): number | null =>
    Number(digits) === 0 || Number(digits) > maxCount ? null : Number(digits);
  return {
    wait: word === 'wait',
    startsPerMinute: number(perMinute),
    maxChildren: number(children),
    perSourcePerMinute: number(perSource),
    maxPerSource: number(ofSource),
  };
}

const maxCount = 1_000_000;
