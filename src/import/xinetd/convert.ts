import { isIP } from 'node:net';
import { basename } from 'node:path';

import { createDraft, type Draft, type Imported, type ListenDraft, type Unconverted } from '../draft.ts';
import { internalType } from '../internal.ts';
import { unwrapTcpd } from '../program.ts';
import type { HostsRule } from '../wrappers/grammar.ts';
import { guardDraft } from './guard.ts';
import { attributeKinds, settle, type Settings } from './attributes.ts';
import type { Section } from './grammar.ts';
import { limitDraft } from './limits.ts';
import { loggingOf } from './logging.ts';
import { execOptionsOf } from './program.ts';
import type { XinetdSections } from './reader.ts';
import { leadsToItself, redirectTo } from './redirect.ts';

/** Each service as one of ours, with what `defaults` says for all. */
export function convertXinetd({ sections, remarks }: XinetdSections, hosts: readonly HostsRule[]): Imported {
  const all = sections.filter((section): section is Section => 'attributes' in section);
  const defaults = all.find(({ service }) => service === null) ?? null;
  const common = defaults === null ? null : settle(defaults, null);
  const logging = common === null || defaults === null ? null : loggingOf(common);
  const ids = new Set<string>();
  const entries = sections.flatMap((section): (Draft | Unconverted)[] => {
    if (!('attributes' in section)) return [section];
    if (section === defaults) return [];
    if (section.service === null) return [{ source: section.source, reason: 'there are defaults above already' }];
    return [convertService({ section, defaults, common, hosts, ids })];
  });
  const about = [...(common?.remarks ?? []), ...misplaced(defaults), ...(logging?.remarks ?? [])];
  return {
    entries,
    remarks: [
      ...remarks,
      ...about.map((text) => ({
        file: defaults?.source.file ?? '',
        line: defaults?.source.line ?? 1,
        text: `defaults: ${text}`,
      })),
    ],
    sections: logging?.section == null ? {} : { logging: logging.section },
  };
}

function misplaced(defaults: Section | null): string[] {
  const names = new Set((defaults?.attributes ?? []).map(({ name }) => name));
  return [...names]
    .filter((name) => Object.hasOwn(attributeKinds, name) && attributeKinds[name]?.isDefault !== true)
    .map((name) => `left out: ${name}, which belongs to a service`);
}

interface ServiceRequest {
  readonly section: Section;
  readonly defaults: Section | null;
  readonly common: Settings | null;
  readonly hosts: readonly HostsRule[];
  readonly ids: Set<string>;
}

function convertService({ section, defaults, common, hosts, ids }: ServiceRequest): Draft | Unconverted {
  const settings = settle(section, defaults);
  const service = section.service ?? '';
  const id = settings.first('id') ?? service;
  const { source } = section;
  if (ids.has(id)) return { source, reason: `there is a service of the id "${id}" above` };
  ids.add(id);
  const reason = whyNot(service, settings);
  if (reason !== null) return { source, reason };
  const draft = createDraft(source, id, typeOf(service, settings));
  draft.remarks.push(...settings.remarks);
  draft.isEnabled = isEnabled(id, settings, common);
  draft.listen = listenOf(service, settings, draft.remarks);
  if (draft.type === 'exec') {
    draft.user = settings.first('user');
    draft.group = settings.first('group');
    draft.hasMainGroupOnly = !hasAllGroups(settings, draft.remarks);
    draft.options = execOptionsOf(settings, draft.remarks);
  } else {
    if (draft.type === 'forward') draft.options = { to: redirectTo(settings.values('redirect') ?? []) };
    draft.remarks.push(...unused(settings));
  }
  limitDraft(draft, settings);
  guardDraft({ draft, settings, hosts, daemon: daemonOf(service, settings) });
  return draft;
}

function whyNot(service: string, settings: Settings): string | null {
  const types = (settings.values('type') ?? []).map((type) => type.toUpperCase());
  if (types.includes('RPC')) return 'its port is found through rpcbind, which we do not serve';
  if (types.some((type) => type.startsWith('TCPMUX'))) return 'we have no tcpmux (RFC 1078): give it a port of its own';
  if (types.includes('INTERNAL')) {
    if (internalType(service) === null) return `we have no service like xinetd's own "${service}"`;
  } else if (settings.first('redirect') === null && settings.first('server') === null) {
    return 'it has neither a server nor a redirect';
  }
  if (typeOf(service, settings) === 'exec' && settings.first('user') === null) return 'it has no user';
  const socketType = settings.first('socket_type');
  if (socketType === null) return 'it has no socket_type';
  if (socketType !== 'stream' && socketType !== 'dgram') return `we have no sockets of type "${socketType}"`;
  const protocol = settings.first('protocol');
  if (protocol !== null && !/^(?:tcp|udp)6?$/.test(protocol)) return `we do not speak the protocol "${protocol}"`;
  const redirect = settings.values('redirect');
  if (redirect === null) return null;
  if (socketType !== 'stream') return 'we redirect streams only';
  const to = redirectTo(redirect);
  if (to === null) return `its redirect is no host and port: ${redirect.join(' ')}`.trimEnd();
  return leadsToItself(to, listenOf(service, settings, [])) ? `it leads to itself: ${to}` : null;
}

function typeOf(service: string, settings: Settings): string {
  if (settings.values('redirect') !== null) return 'forward';
  const isInternal = (settings.values('type') ?? []).some((type) => type.toUpperCase() === 'INTERNAL');
  return isInternal ? (internalType(service) ?? 'exec') : 'exec';
}

/** `enabled`, when it is given, names all that may run; `disabled` and `disable` take away. */
function isEnabled(id: string, settings: Settings, common: Settings | null): boolean {
  const enabled = common?.values('enabled') ?? null;
  if (enabled !== null && !enabled.includes(id)) return false;
  return settings.first('disable')?.toLowerCase() !== 'yes' && common?.values('disabled')?.includes(id) !== true;
}

/** xinetd gives a program the groups of its user only where it is told to. */
function hasAllGroups(settings: Settings, remarks: string[]): boolean {
  const text = settings.first('groups') ?? 'no';
  if (!/^(?:yes|no)$/i.test(text)) remarks.push(`left out: groups ${text} is neither yes nor no`);
  return text.toLowerCase() === 'yes';
}

function listenOf(service: string, settings: Settings, remarks: string[]): readonly ListenDraft[] {
  const scheme = settings.first('socket_type') === 'dgram' ? 'udp' : 'tcp';
  const flags = (settings.values('flags') ?? []).map((flag) => flag.toUpperCase());
  const port = settings.first('port') ?? service;
  const bind = settings.first('bind');
  const everywhere =
    settings.first('v6only')?.toLowerCase() === 'yes' ? '[::]' : flags.includes('IPV4') ? '0.0.0.0' : '*';
  if (bind === null || bind === '*') return [{ address: `${scheme}://${everywhere}:${port}` }];
  if (isMulticast(bind)) {
    if (scheme === 'udp')
      return [{ address: `udp://${isIP(bind) === 6 ? '[::]' : '0.0.0.0'}:${port}`, multicast: [bind] }];
    remarks.push(`left out: a stream has no multicast address such as ${bind}`);
    return [];
  }
  return [{ address: `${scheme}://${isIP(bind) === 6 ? `[${bind}]` : bind}:${port}` }];
}

function isMulticast(address: string): boolean {
  return (
    (isIP(address) === 4 && Number(address.split('.')[0]) >> 4 === 14) || (isIP(address) === 6 && /^ff/i.test(address))
  );
}

/** What only a program could use. */
function unused(settings: Settings): string[] {
  const names = [
    'server',
    'env',
    'nice',
    'max_load',
    'rlimit_as',
    'rlimit_cpu',
    'rlimit_data',
    'rlimit_rss',
    'rlimit_stack',
    'rlimit_files',
  ];
  return names
    .filter((name) => settings.values(name) !== null)
    .map((name) => `left out: ${name}, because no program is started`);
}

/** The name that hosts.allow has for it. */
function daemonOf(service: string, settings: Settings): string {
  const server = settings.first('server');
  const program =
    server === null
      ? null
      : (unwrapTcpd({ program: server, argv: settings.values('server_args') ?? [] })?.program ?? server);
  return settings.first('libwrap') ?? (program === null ? service : basename(program));
}
