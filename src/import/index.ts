import { dirname } from 'node:path';

import { usePortNames } from '../contract/options.ts';
import { isDraft, type Imported, type Remark } from './draft.ts';
import { finish } from './finish.ts';
import { guessDialect, type Dialect } from './inetd/dialect.ts';
import { convertInetd } from './inetd/convert.ts';
import { readInetdFiles, readInetdLines } from './inetd/reader.ts';
import { thisMachine, type Machine } from './machine.ts';
import { renderConfiguration } from './output.ts';
import { refuse } from './read-file.ts';
import { collectRemarks } from './remarks.ts';
import { convertSystemd } from './systemd/convert.ts';
import { readPairs } from './systemd/reader.ts';
import { readHostsRules, type HostsFiles, type HostsRules } from './wrappers/read-rules.ts';
import { convertXinetd } from './xinetd/convert.ts';
import { readXinetd } from './xinetd/reader.ts';

export type ImportKind = 'inetd' | 'xinetd' | 'systemd';

export interface ImportRequest {
  readonly kind: ImportKind;
  readonly path: string;
  /** Of inetd.conf; undefined: what the file looks like. */
  readonly dialect?: Dialect | undefined;
  readonly hosts?: HostsFiles;
  /** Where hosts.allow and hosts.deny are, when they are not beside the file. Default: /etc. */
  readonly hostsFolder?: string;
  readonly machine?: Machine;
}

export interface ImportResult {
  /** A configuration of ours. */
  readonly yaml: string;
  /** What is not as it was. */
  readonly remarks: readonly Remark[];
}

/** Another superserver's configuration as ours. Throws an ExitError for a file that is none. */
export function importConfiguration(request: ImportRequest): ImportResult {
  const { path, kind, machine = thisMachine } = request;
  usePortNames(machine.findPort);
  const { imported, notes } = read(request);
  const entries = finish(imported.entries, machine);
  if (!entries.some(isDraft) && !hasEntries(imported, kind))
    throw refuse(path, `there is nothing of ${names[kind]} in it`);
  const whole = { ...imported, entries };
  const heading = [
    `Converted from ${path}. "!" marks what is not as it was; "portico check -c FILE" says whether all is well.`,
    ...notes,
  ];
  return { yaml: renderConfiguration({ ...whole, notes: heading }), remarks: collectRemarks(whole) };
}

const names: Readonly<Record<ImportKind, string>> = {
  inetd: 'inetd.conf(5)',
  xinetd: 'xinetd.conf(5)',
  systemd: 'systemd.socket(5)',
};

/** Of a text in which no line was understood, none was written for this. */
function hasEntries({ entries }: Imported, kind: ImportKind): boolean {
  return entries.some((entry) => isDraft(entry) || kind === 'systemd' || !entry.reason.startsWith('expected '));
}

interface Read {
  readonly imported: Imported;
  readonly notes: readonly string[];
}

function read(request: ImportRequest): Read {
  if (request.kind === 'inetd') return readInetd(request);
  if (request.kind === 'xinetd') return readXinetdAt(request);
  return { imported: convertSystemd(readPairs(request.path)), notes: systemdNotes };
}

function readInetd(request: ImportRequest): Read {
  const { path, machine = thisMachine } = request;
  const files = readInetdFiles(path);
  const dialect = request.dialect ?? guessDialect(files.map(({ text }) => text).join('\n'));
  const hosts = hostsOf(request);
  const parts = files.map((file) =>
    convertInetd(readInetdLines(file, dialect), { dialect, hosts: hosts.rules, machine }),
  );
  return {
    imported: { entries: parts.flatMap(({ entries }) => entries), remarks: hosts.remarks },
    notes: [
      `Read as the inetd.conf of ${dialectNames[dialect]} (--dialect says otherwise).`,
      ...hostsNotes(hosts),
      ...inetdNotes,
    ],
  };
}

function readXinetdAt(request: ImportRequest): Read {
  const hosts = hostsOf(request);
  const imported = convertXinetd(readXinetd(request.path), hosts.rules);
  return {
    imported: { ...imported, remarks: [...hosts.remarks, ...imported.remarks] },
    notes: [...hostsNotes(hosts), ...xinetdNotes],
  };
}

function hostsNotes({ files }: HostsRules): string[] {
  return files.length === 0 ? [] : [`"access" has what ${files.join(' and ')} say, for what tcpd or libwrap guarded.`];
}

function hostsOf({ path, hosts = {}, hostsFolder = '/etc' }: ImportRequest): HostsRules {
  return readHostsRules(hosts, [dirname(path), hostsFolder]);
}

const dialectNames: Readonly<Record<Dialect, string>> = {
  openbsd: "openbsd-inetd, which is Debian's",
  gnu: 'GNU inetutils',
  freebsd: 'FreeBSD',
  netbsd: 'NetBSD',
};

const errorNote =
  'What programs write to standard error goes into the log; it went to the peer before, which "stderr: socket" does again.';

const inetdNotes = [
  errorNote,
  'Without a number after "nowait", inetd started at most 40 or 256 programs a minute; here nothing is limited but what limits.rate says. At once there are at most 1000 (limits.connections).',
];

const systemdNotes = [
  'REMOTE_ADDR is called REMOTE_HOST here, and past a trigger limit a socket goes on after limits.pause.',
];

const xinetdNotes = [
  errorNote,
  'Where "cps" was not set, xinetd took 50 connections a second; here nothing is limited but what limits.rate says. At once there are at most 1000 (limits.connections).',
  'Programs find PATH and what "env" and "pass_env" say in their environment.',
  "Each session's peer, start, end, duration and exit status are logged.",
];
