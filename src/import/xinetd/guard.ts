import { serviceShape } from '../../config/service-frame.ts';
import { OptionError, parseHours } from '../../contract/options.ts';
import type { AccessDraft, Draft } from '../draft.ts';
import { intersectAccess } from '../intersect.ts';
import { everybody } from '../networks.ts';
import { Placeholder } from '../output.ts';
import { tryReadForeignFile } from '../read-file.ts';
import { accessOfDaemon } from '../wrappers/access.ts';
import type { HostsRule } from '../wrappers/grammar.ts';
import { accessOf } from './access.ts';
import type { Settings } from './attributes.ts';

export interface GuardRequest {
  readonly draft: Draft;
  readonly settings: Settings;
  readonly hosts: readonly HostsRule[];
  /** Its name in hosts.allow and hosts.deny. */
  readonly daemon: string;
}

/** Who may come, and when, what a refused peer reads, and what a sensor does; and what of it has no place with us. */
export function guardDraft(request: GuardRequest): void {
  const { draft, settings } = request;
  guardAccess(request);
  guardHours(draft, settings);
  guardBanner(draft, settings);
  guardSensor(draft, settings);
  remarkRest(draft, settings);
}

function guardAccess({ draft, settings, hosts, daemon }: GuardRequest): void {
  const own = accessOf(settings.values('only_from'), settings.values('no_access'));
  const wrapped = hasFlag(settings, 'NOLIBWRAP') ? null : accessOfDaemon(daemon, hosts);
  const access = intersectAccess(own.access, wrapped?.access ?? {});
  draft.remarks.push(...own.remarks, ...(wrapped?.remarks ?? []));
  const disable = (reason: string): void => {
    draft.isEnabled = false;
    draft.remarks.push(`not enabled: ${reason}`);
  };
  if (draft.options['wait'] === true && Object.keys(access).length > 0) {
    // xinetd looked at the first datagram, and with streams at nobody (its BUGS say so).
    if (settings.first('socket_type') === 'dgram')
      disable('with "wait" nobody looks at who sends, and access was limited');
    else draft.remarks.push('left out: who may connect, which is not looked at with "wait", there as here');
    return;
  }
  draft.access = access;
  if (isForNobody(access)) remarkNobody(draft, settings, own.access, wrapped?.access ?? {});
  if (own.isLoose || wrapped?.isLoose === true) disable('it would be open to more than before');
}

/** `only_from` without a value is nobody by intention: that goes without saying. */
function remarkNobody(draft: Draft, settings: Settings, own: AccessDraft, wrapped: AccessDraft): void {
  if (isForNobody(own)) return;
  if (!isForNobody(wrapped)) {
    draft.remarks.push('nobody may connect: only_from and hosts.allow have nobody in common, there as here');
    return;
  }
  draft.remarks.push(
    'nobody may connect: hosts.allow and hosts.deny refuse everybody, as with an xinetd that has libwrap; "--hosts-deny /dev/null" imports without hosts.deny',
  );
  for (const name of ['only_from', 'no_access']) {
    const words = settings.values(name) ?? [];
    if (words.length > 0) draft.remarks.push(`left out: ${name} ${words.join(' ')}, because nobody is let in anyway`);
  }
}

function isForNobody({ allow, deny = [] }: AccessDraft): boolean {
  return allow === undefined && everybody.every((all) => deny.includes(all));
}

/** xinetd's last minute is one of service, ours is not: "8:59" was meant to be 9:00. */
function guardHours(draft: Draft, settings: Settings): void {
  const hours: string[] = [];
  for (const text of settings.values('access_times') ?? []) {
    try {
      const whole = text.replace(/(\d{1,2}):59$/, (_end, hour: string) => `${Number(hour) + 1}:00`);
      parseHours(whole);
      hours.push(whole.replaceAll(/\b\d:/g, '0$&'));
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      draft.remarks.push(`left out of access_times: ${error.message}`);
    }
  }
  if (hours.length > 0) draft.access = { ...draft.access, hours };
}

function guardBanner(draft: Draft, settings: Settings): void {
  if (settings.first('banner_success') !== null)
    draft.remarks.push('left out: banner_success, because we say nothing before a service does');
  const both = settings.first('banner');
  if (both !== null)
    draft.remarks.push('banner: only refused peers read it, because we say nothing before a service does');
  const path = settings.first('banner_fail') ?? both;
  if (path === null) return;
  const text = tryReadForeignFile(path);
  const isFine = text !== null && serviceShape.banner.safeParse(text).success;
  if (isFine && /^\/[^{}\0]*$/.test(path))
    draft.options = { ...draft.options, banner: new Placeholder(`\${file:${path}}`) };
  else
    draft.remarks.push(
      `left out: the banner in ${path}, which ${text === null ? 'cannot be read' : 'is no short text'}`,
    );
}

function guardSensor(draft: Draft, settings: Settings): void {
  if (!hasFlag(settings, 'SENSOR')) {
    if (settings.first('deny_time') !== null) draft.remarks.push('left out: deny_time, which is for a SENSOR');
    return;
  }
  const time = settings.first('deny_time')?.toUpperCase() ?? 'FOREVER';
  if (settings.first('socket_type') === 'dgram') {
    draft.isEnabled = false;
    draft.remarks.push('not enabled: a sensor with datagrams would ban whom a forged sender names');
  } else if (time === 'NEVER') {
    draft.remarks.push('left out: SENSOR with deny_time NEVER bans nobody');
    draft.isEnabled = false;
  } else {
    const ban = /^\d{1,5}$/.test(time) && Number(time) >= 1 ? `${Number(time)}m` : '365d';
    if (ban === '365d') draft.remarks.push('a ban ends after 365 days, or "portico bans" makes one that does not');
    draft.options = { sensor: true, ...draft.options };
    draft.limits = { ...draft.limits, ban };
  }
}

const flagsHandled = ['IPV4', 'IPV6', 'NAMEINARGS', 'NOLIBWRAP', 'SENSOR'];
// Always so with us.
const flagsGranted = ['REUSE', 'NODELAY', 'NORETRY', 'IDONLY'];

function remarkRest(draft: Draft, settings: Settings): void {
  for (const flag of settings.values('flags') ?? []) {
    const name = flag.toUpperCase();
    if (name === 'IDONLY') draft.remarks.push('left out: IDONLY, because we do not ask for identities (RFC 1413)');
    else if (![...flagsHandled, ...flagsGranted].includes(name)) draft.remarks.push(`left out: flag ${flag}`);
  }
  if (settings.isOwn('log_type')) draft.remarks.push('left out: log_type, because all services share one log');
  for (const name of ['log_on_success', 'log_on_failure']) {
    if (settings.values(name)?.includes('USERID') === true)
      draft.remarks.push(`left out: USERID of ${name}, because we do not ask for identities (RFC 1413)`);
  }
}

function hasFlag(settings: Settings, name: string): boolean {
  return (settings.values('flags') ?? []).some((flag) => flag.toUpperCase() === name);
}
