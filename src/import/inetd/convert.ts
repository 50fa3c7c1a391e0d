import { basename } from 'node:path';

import { createDraft, type Draft, type Imported, type Source, type Unconverted } from '../draft.ts';
import { internalType } from '../internal.ts';
import type { Machine } from '../machine.ts';
import { programOptions, unwrapTcpd } from '../program.ts';
import { accessOfDaemon } from '../wrappers/access.ts';
import type { HostsRule } from '../wrappers/grammar.ts';
import type { Dialect } from './dialect.ts';
import type { Entry } from './grammar.ts';
import { addressesOf } from './addresses.ts';
import type { ReadLine } from './reader.ts';

export interface InetdSurroundings {
  readonly dialect: Dialect;
  readonly hosts: readonly HostsRule[];
  readonly machine: Machine;
}

/** Each entry as a service of ours, or as what cannot be one. */
export function convertInetd(lines: readonly ReadLine[], surroundings: InetdSurroundings): Imported {
  let defaultHosts: readonly string[] = [];
  const entries: (Draft | Unconverted)[] = [];
  for (const { source, line } of lines) {
    if (line.kind === 'listen') defaultHosts = line.hosts.includes('*') ? [] : line.hosts;
    if (line.kind === 'wrong') entries.push({ source, reason: line.reason });
    if (line.kind !== 'entry') continue;
    const { entry } = line;
    const hosts = entry.hosts.length > 0 ? entry.hosts : defaultHosts;
    entries.push(convertEntry(source, { ...entry, hosts }, surroundings));
  }
  return { entries, remarks: [] };
}

function convertEntry(source: Source, entry: Entry, surroundings: InetdSurroundings): Draft | Unconverted {
  const reason = whyNot(entry);
  if (reason !== null) return { source, reason };
  const draft = entry.program === 'internal' ? internalDraft(source, entry) : programDraft(source, entry, surroundings);
  if (draft === null) return { source, reason: `we have no service like inetd's own "${entry.service}"` };
  draft.isEnabled &&= !entry.isOff;
  draft.listen = addressesOf(entry, surroundings.dialect, draft.remarks);
  if (entry.tuning.length > 0) draft.remarks.push(`left out: ${entry.tuning.join(', ')}`);
  draft.limits = limitsOf(entry, draft.remarks);
  guard(draft, entry, surroundings);
  return draft;
}

function whyNot({ protocol, service, socketType, program }: Entry): string | null {
  if (protocol.startsWith('rpc/')) return 'its port is found through rpcbind, which we do not serve';
  if (service.startsWith('tcpmux/')) return 'we have no tcpmux (RFC 1078): give it a port of its own';
  if (socketType !== 'stream' && socketType !== 'dgram') return `we have no sockets of type "${socketType}"`;
  if (service.startsWith('/') && socketType === 'dgram') return 'we have no datagrams on unix sockets';
  if (!/^(?:(?:tcp|udp)(?:4|6|46|6only)?|unix)$/.test(protocol)) return `we do not speak "${protocol}"`;
  return program === '' ? 'it has no program' : null;
}

function internalDraft(source: Source, { service, argv }: Entry): Draft | null {
  const name = basename(service);
  const type = internalType(name);
  if (type === null) return null;
  const draft = createDraft(source, name, type);
  if (argv.length > 0 && argv[0] !== 'internal') draft.remarks.push(`left out: ${argv.join(' ')}`);
  return draft;
}

function programDraft(source: Source, entry: Entry, { machine }: InetdSurroundings): Draft {
  const name = /^\d+$/.test(entry.service)
    ? basename(unwrapTcpd(entry)?.program ?? entry.program)
    : basename(entry.service);
  const draft = createDraft(source, name, 'exec');
  Object.assign(draft, identityOf(entry.user, machine, draft.remarks));
  // tcpd looks at the sender of what waits in the socket, where we would not: there it stays.
  const wrapped = entry.wait ? null : unwrapTcpd(entry);
  const { program, argv } = wrapped ?? entry;
  draft.options = programOptions({ program, argv, wait: entry.wait || entry.socketType === 'dgram' }, draft.remarks);
  if (entry.socketType === 'dgram' && !entry.wait)
    draft.remarks.push('"nowait" with datagrams: it runs one program at a time here');
  if (entry.wait && unwrapTcpd(entry) !== null)
    draft.remarks.push('tcpd stays before it, for nobody else looks at who sends');
  return draft;
}

/** By tcpd, or with the inetd of FreeBSD and NetBSD by inetd itself. */
function guard(draft: Draft, entry: Entry, { hosts, dialect }: InetdSurroundings): void {
  const daemon = daemonOf(entry, dialect);
  if (daemon === null) return;
  const { access, remarks, isLoose } = accessOfDaemon(daemon, hosts);
  if (draft.options['wait'] === true) {
    if (Object.keys(access).length === 0) return;
    draft.isEnabled = false;
    draft.remarks.push('not enabled: with "wait" nobody looks at who sends, and access was limited');
    return;
  }
  draft.access = access;
  draft.remarks.push(...remarks);
  if (!isLoose) return;
  draft.isEnabled = false;
  draft.remarks.push('not enabled: it would be open to more than before');
}

/** Its name in hosts.allow; null: nobody looks there, or tcpd still does. */
function daemonOf(entry: Entry, dialect: Dialect): string | null {
  const wrapped = unwrapTcpd(entry);
  if (wrapped !== null) return entry.wait ? null : wrapped.daemon;
  if (dialect !== 'freebsd' && dialect !== 'netbsd') return null;
  if (entry.program === 'internal') return entry.service;
  return basename((dialect === 'netbsd' ? entry.argv[0] : undefined) ?? entry.program);
}

/** "user", "user:group", the older "user.group", and FreeBSD's "/class". */
export function identityOf(text: string, machine: Machine, remarks: string[]): Pick<Draft, 'user' | 'group'> {
  const [names = '', loginClass] = text.split('/');
  if (loginClass !== undefined) remarks.push(`left out: login class ${loginClass}`);
  const colon = names.indexOf(':');
  if (colon !== -1) return { user: names.slice(0, colon), group: names.slice(colon + 1) || null };
  const dot = names.indexOf('.');
  // There are users with a dot in their names.
  if (dot < 1 || machine.hasUser(names)) return { user: names, group: null };
  return { user: names.slice(0, dot), group: names.slice(dot + 1) || null };
}

function limitsOf(entry: Entry, remarks: string[]): Record<string, unknown> {
  const { startsPerMinute, maxChildren, perSourcePerMinute, maxPerSource, wait } = entry;
  const limits = {
    ...(maxChildren === null ? {} : { connections: maxChildren }),
    ...(maxPerSource === null ? {} : { per_source: maxPerSource }),
    // Over its rate, inetd switched a service off for ten minutes.
    ...(startsPerMinute === null ? {} : { rate: `${startsPerMinute}/1m`, pause: '10m' }),
    ...(perSourcePerMinute === null ? {} : { rate_per_source: `${perSourcePerMinute}/1m` }),
  };
  if (!wait || entry.program === 'internal' || Object.keys(limits).length === 0) return limits;
  remarks.push('left out: its limits, because with "wait" the program takes what arrives by itself');
  return {};
}
