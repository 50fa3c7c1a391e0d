import { createDraft, type Draft, type Imported, type Unconverted } from '../draft.ts';
import { guardUnit } from './guard.ts';
import { listenOf } from './listen.ts';
import { programOf } from './program.ts';
import type { Pair, Pairs } from './reader.ts';
import type { Unit } from './units.ts';
import { readTime, showTime } from './values.ts';

/** Each socket and its service as one of ours: those whose program gets the connection, or the socket, as its standard input. */
export function convertSystemd({ pairs, remarks }: Pairs): Imported {
  return { entries: pairs.map(convertPair), remarks };
}

function convertPair(pair: Pair): Draft | Unconverted {
  const { source, name, socket, service, serviceName } = pair;
  const reason = whyNot(pair);
  if (reason !== null || service === null) return { source, reason: reason ?? `there is no ${serviceName}` };
  const draft = createDraft(source, name, 'exec');
  const wait = !socket.isYes('Socket', 'Accept');
  const program = programOf(service, wait, draft.remarks);
  if (typeof program === 'string') return { source, reason: program };
  draft.options = program.options;
  draft.listen = listenOf(socket, draft.remarks);
  // A unit of the system runs as root where it names nobody.
  draft.user = service.last('Service', 'User') ?? 'root';
  draft.group = service.last('Service', 'Group');
  guardUnit(draft, pair.socket, service);
  limit(draft, socket, service);
  if (program.unknown.length > 0) {
    draft.isEnabled = false;
    draft.remarks.push(`not enabled: we do not know what ${program.unknown.join(', ')} stands for in its command`);
  }
  draft.remarks.push(...remaining(socket, service));
  return draft;
}

function whyNot({ name, socket, service, serviceName }: Pair): string | null {
  if (name.endsWith('@')) return 'it is a template without an instance';
  if (service === null) return `there is no ${serviceName}`;
  if (service.isYes('Service', 'DynamicUser')) return 'its user is one that only systemd makes (DynamicUser)';
  const isAccepting = socket.isYes('Socket', 'Accept');
  if (service.last('Service', 'StandardInput') !== 'socket') {
    return 'its program takes sockets by LISTEN_FDS, not as its standard input (StandardInput=socket)';
  }
  const output = service.last('Service', 'StandardOutput');
  if (output !== null && output !== 'socket' && output !== 'inherit')
    return `its output goes elsewhere (StandardOutput=${output})`;
  const isDatagram = socket.all('Socket', 'ListenDatagram').length > 0;
  return isAccepting && isDatagram ? 'systemd accepts no datagrams (Accept=yes)' : null;
}

function limit(draft: Draft, socket: Unit, service: Unit): void {
  const limits: Record<string, unknown> = {};
  const count = (key: string, name: string, otherwise?: number): void => {
    const text = socket.last('Socket', key);
    const number = text === null ? otherwise : Number(text);
    if (number === undefined || number === 0) return;
    if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) limits[name] = number;
    else draft.remarks.push(`left out: ${key}=${text}`);
  };
  if (draft.options['wait'] !== true) {
    // systemd.socket(5): 64 at once, where nothing is said.
    count('MaxConnections', 'connections', 64);
    count('MaxConnectionsPerSource', 'per_source');
    const rate = triggerRate(socket, draft.remarks);
    if (rate !== null) limits['rate'] = rate;
  }
  const runtime = service.last('Service', 'RuntimeMaxSec');
  const session = readTime(runtime ?? '');
  if (session !== null && session > 0 && session <= longestMs) limits['session'] = showTime(session);
  else if (runtime !== null && runtime !== 'infinity') draft.remarks.push(`left out: RuntimeMaxSec=${runtime}`);
  draft.limits = limits;
}

// What our limits take.
const longestMs = 24 * 86_400_000;

/** Past its trigger limit systemd gave a socket up for good; ours goes on after `pause`. */
function triggerRate(socket: Unit, remarks: string[]): string | null {
  const [interval, burst] = [
    socket.last('Socket', 'TriggerLimitIntervalSec'),
    socket.last('Socket', 'TriggerLimitBurst'),
  ];
  if (interval === null && burst === null) return null;
  const ms = readTime(interval ?? '2s');
  const number = /^\d{1,6}$/.test(burst ?? '200') ? Number(burst ?? 200) : 0;
  // systemd.socket(5): 0 is no limit.
  if (ms === 0 || burst === '0') return null;
  if (ms !== null && ms <= longestMs && number > 0) return `${number}/${showTime(ms)}`;
  remarks.push(`left out: TriggerLimitIntervalSec=${interval ?? ''}, TriggerLimitBurst=${burst ?? ''}`);
  return null;
}

const knownToUs: ReadonlySet<string> = new Set(
  (
    'ListenStream ListenDatagram BindIPv6Only Accept MaxConnections MaxConnectionsPerSource TriggerLimitIntervalSec TriggerLimitBurst ' +
    'SocketMode Broadcast Service IPAddressAllow IPAddressDeny NoDelay ReusePort FileDescriptorName RemoveOnStop FlushPending ' +
    'ExecStart Type StandardInput StandardOutput StandardError User Group Environment EnvironmentFile PassEnvironment ' +
    'WorkingDirectory UMask Nice RuntimeMaxSec LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitMEMLOCK LimitNOFILE ' +
    'LimitNPROC LimitRSS LimitSTACK DynamicUser KillMode Restart RestartSec RemainAfterExit SyslogIdentifier'
  ).split(' '),
);

/** Settings without a place with us, by name. */
function remaining(socket: Unit, service: Unit): string[] {
  const names = [...socket.keys('Socket'), ...service.keys('Service')].filter((key) => !knownToUs.has(key));
  return names.length === 0 ? [] : [`left out: ${[...new Set(names)].join(', ')}`];
}
