// A line from a peer to a command. Pure: what may be done when is decided elsewhere.

import type { Quirks } from '../quirks.ts';
import { reply, replies, usage } from '../replies.ts';
import type { Command, Parsed, PlainVerb, Verb } from './command.ts';
import { parseListArguments } from './list-arguments.ts';
import { parseExtendedPort, parsePort } from './peer-address.ts';
import { parseOption, parseSite, parseTimeFirst } from './phrases.ts';
import { parseStamp } from './stamp.ts';

/** `argument`: what stands behind the verb and one space; null where there is nothing. */
type Shape = (argument: string | null, quirks: Quirks) => Command | string | null;

export function parseCommand(line: string, quirks: Quirks): Parsed {
  // RFC 959 5.3: verbs are letters, in any case. What programs send besides as their verb has never been one.
  const [, word = '', rest] = /^ *([A-Za-z]{3,4})(?: ([^]*))?$/.exec(line.replace(/^([A-Za-z]{3,4}) *$/, '$1')) ?? [];
  const spoken = word.toUpperCase();
  const verb = aliases[spoken] ?? spoken;
  if (!isVerb(verb)) return { reply: known.has(verb) ? replies.notHere : replies.unknown };
  const isPlain = quirks.trimsPaths && verb !== 'PASS';
  const parsed = shapes[verb](isPlain ? (rest?.trim() ?? null) : (rest ?? null), quirks);
  if (parsed === null) return { reply: usage(spoken) };
  return typeof parsed === 'string' ? { reply: parsed } : { command: parsed };
}

// RFC 775, from before RFC 959 had names for them.
const aliases: Readonly<Record<string, string>> = { XCWD: 'CWD', XPWD: 'PWD', XMKD: 'MKD', XRMD: 'RMD', XCUP: 'CDUP' };
// Commands of the standards that nobody does: RFC 959 5.4 wants another answer to them than to what does not exist.
const known: ReadonlySet<string> = new Set('SMNT ADAT CONF ENC MIC LPRT LPSV ESTA ESTP MAIL MLFL MSND'.split(' '));

const plain = (verb: PlainVerb): Shape => {
  const command: Command = { verb };
  return () => command;
};
const path =
  (verb: 'MKD' | 'RMD' | 'DELE' | 'RNFR' | 'RNTO' | 'RETR' | 'STOR' | 'APPE' | 'SIZE'): Shape =>
  (argument) =>
    argument === null || argument === '' ? null : { verb, path: argument };
const optionalPath =
  (verb: 'MLSD' | 'MLST' | 'STOU' | 'STAT'): Shape =>
  (argument) => ({ verb, path: emptyToNull(argument) });
const list =
  (verb: 'LIST' | 'NLST'): Shape =>
  (argument) => ({ verb, ...parseListArguments(argument ?? '') });
const named =
  (verb: 'USER' | 'HOST' | 'CLNT'): Shape =>
  (argument) => {
    const name = verb === 'USER' ? (argument ?? '') : (argument ?? '').trim();
    return name === '' ? null : { verb, name };
  };
const word =
  (verb: 'AUTH' | 'PROT'): Shape =>
  (argument) => {
    const text = (argument ?? '').trim().toUpperCase();
    return text === '' ? null : { verb, word: text };
  };
const optionalWord =
  (verb: 'HELP' | 'LANG'): Shape =>
  (argument) => ({ verb, word: emptyToNull(argument?.trim() ?? null) });
const count =
  (verb: 'PBSZ' | 'REST'): Shape =>
  (argument) => {
    const number = numberOf(argument);
    return number === null ? null : { verb, count: number };
  };
/** The one value that is done; the others of the standard are not. */
const only =
  (verb: 'MODE' | 'STRU', done: string, others: string): Shape =>
  (argument) => {
    const value = (argument ?? '').trim().toUpperCase();
    if (value === done) return { verb };
    return value.length === 1 && others.includes(value) ? replies.notThat : null;
  };

const shapes: Readonly<Record<Verb, Shape>> = {
  USER: named('USER'),
  HOST: named('HOST'),
  CLNT: named('CLNT'),
  // All of it: spaces at either end and quotes are part of a password.
  PASS: (argument) => ({ verb: 'PASS', password: argument ?? '' }),
  ACCT: plain('ACCT'),
  QUIT: plain('QUIT'),
  REIN: plain('REIN'),
  CDUP: plain('CDUP'),
  PWD: plain('PWD'),
  PASV: plain('PASV'),
  NOOP: plain('NOOP'),
  SYST: plain('SYST'),
  FEAT: plain('FEAT'),
  ABOR: plain('ABOR'),
  CCC: plain('CCC'),
  // Cameras send it without a path when none was set up: as `cd`, it leads back to the beginning.
  CWD: (argument) => ({ verb: 'CWD', path: argument === null || argument === '' ? '/' : argument }),
  MKD: path('MKD'),
  RMD: path('RMD'),
  DELE: path('DELE'),
  RNFR: path('RNFR'),
  RNTO: path('RNTO'),
  RETR: path('RETR'),
  STOR: path('STOR'),
  APPE: path('APPE'),
  SIZE: path('SIZE'),
  MLSD: optionalPath('MLSD'),
  MLST: optionalPath('MLST'),
  STOU: optionalPath('STOU'),
  LIST: list('LIST'),
  NLST: list('NLST'),
  STAT: (argument) => ({ verb: 'STAT', path: parseListArguments(argument ?? '').path }),
  AUTH: word('AUTH'),
  PROT: word('PROT'),
  HELP: optionalWord('HELP'),
  LANG: optionalWord('LANG'),
  PBSZ: count('PBSZ'),
  REST: count('REST'),
  // RFC 959 4.1.3: "R" and a size of records may follow.
  ALLO(argument) {
    const number = numberOf((argument ?? '').replace(/ +R +\d{1,15} *$/i, ''));
    return number === null ? null : { verb: 'ALLO', count: number };
  },
  PORT(argument) {
    const to = parsePort(argument ?? '');
    return to === null ? null : { verb: 'PORT', to };
  },
  EPRT(argument) {
    const to = parseExtendedPort((argument ?? '').trim());
    if (to === 'family') return reply(522, 'Only these network protocols are there: (1,2)');
    return to === null ? null : { verb: 'EPRT', to };
  },
  EPSV(argument) {
    const wanted = (argument ?? '').trim().toUpperCase();
    if (wanted === '') return { verb: 'EPSV', wanted: null };
    if (wanted === 'ALL') return { verb: 'EPSV', wanted };
    if (wanted === '1' || wanted === '2') return { verb: 'EPSV', wanted: wanted === '1' ? 'IPv4' : 'IPv6' };
    return /^\d{1,5}$/.test(wanted) ? reply(522, 'Only these network protocols are there: (1,2)') : null;
  },
  TYPE(argument, quirks) {
    const wanted = (argument ?? '').trim().toUpperCase().replaceAll(/ +/g, ' ');
    if (/^(?:A|A N|L ?7)$/.test(wanted)) return { verb: 'TYPE', type: 'A' };
    if (/^(?:I|L ?8)$/.test(wanted)) return { verb: 'TYPE', type: 'I' };
    if (quirks.anyTypeIsBinary) return { verb: 'TYPE', type: 'I' };
    return /^(?:[AE](?: [NTC])?|L \d{1,3})$/.test(wanted) ? replies.notThat : null;
  },
  MODE: only('MODE', 'S', 'BCZ'),
  STRU: only('STRU', 'F', 'RP'),
  MDTM(argument) {
    const text = argument ?? '';
    if (text === '') return null;
    const timed = parseTimeFirst(text);
    return { verb: 'MDTM', path: timed?.path ?? text, modified: timed?.modified ?? null, text };
  },
  MFMT(argument) {
    const [, stamp = '', file = ''] = /^ *(\S+) ([^]+)$/.exec(argument ?? '') ?? [];
    const modified = parseStamp(stamp);
    return modified === null || file === '' ? null : { verb: 'MFMT', modified, path: file };
  },
  OPTS: (argument) => parseOption(argument ?? ''),
  SITE: (argument) => parseSite(argument ?? ''),
};

function isVerb(text: string): text is Verb {
  return Object.hasOwn(shapes, text);
}

/** Verbs, as HELP shows them. */
export const verbs: readonly Verb[] = Object.keys(shapes).filter(isVerb).sort();

function emptyToNull(text: string | null): string | null {
  return text === '' ? null : text;
}

function numberOf(argument: string | null): number | null {
  const text = (argument ?? '').trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
