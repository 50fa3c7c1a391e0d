import type { StartMessage } from '../../src/contract/channel.ts';
import type {
  AcmePlan,
  DaemonPlan,
  DeliveryPlan,
  ListenPlan,
  LoggingPlan,
  Plan,
  ServicePlan,
} from '../../src/contract/plan.ts';

/** An address as a configuration would give it; a text of the kind `tcp://HOST:PORT`, `udp://…`, `unix:PATH`, `socket:NAME`. */
export function listenPlan(text: string, more: Partial<ListenPlan> = {}): ListenPlan {
  const base = {
    text,
    host: '',
    port: 0,
    path: '',
    name: '',
    certificate: null,
    proxyProtocol: [],
    mode: null,
    broadcast: false,
    multicast: [],
  };
  if (text.startsWith('unix:')) return { ...base, kind: 'unix', path: text.slice(5), ...more };
  if (text.startsWith('socket:')) return { ...base, kind: 'socket', name: text.slice(7), ...more };
  const [, kind, host = '', port] = /^(tcp|tls|udp):\/\/(.+):(\d+)$/.exec(text) ?? [];
  if (kind === undefined) throw new Error(`no address: ${text}`);
  return {
    ...base,
    kind: kind as ListenPlan['kind'],
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    ...more,
  };
}

/** A service with the defaults of the configuration. */
export function servicePlan(more: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name: 'test',
    type: 'echo',
    enabled: true,
    listen: [listenPlan('tcp://127.0.0.1:0')],
    user: null,
    group: null,
    isolate: false,
    sensor: false,
    access: { allow: [], deny: [], neverBan: [], hours: [] },
    limits: {
      connections: 1000,
      perSource: null,
      rate: null,
      ratePerSource: null,
      pause: 10_000,
      idle: undefined,
      session: null,
      authFailures: { count: 10, window: 600_000 },
      ban: 600_000,
    },
    tls: { certificates: [], minVersion: 'TLSv1.2', clientCa: null, clientCertificate: 'none', legacy: null },
    banner: null,
    deliver: [],
    options: {},
    base: '/',
    ...more,
  };
}

export function daemonPlan(more: Partial<DaemonPlan> = {}): DaemonPlan {
  return {
    name: 'portico',
    user: null,
    group: null,
    // Where not even root can make a folder.
    state: '/dev/null/state',
    runtime: '/dev/null/runtime',
    workers: 1,
    drain: 30_000,
    drainReload: 600_000,
    memory: 1024 ** 3,
    journal: 0,
    spoolFree: 0,
    ...more,
  };
}

export const noLogging: LoggingPlan = { level: 'info', facility: 'daemon', resolve: false, outputs: [] };

export function plan(more: Partial<Plan> = {}): Plan {
  return {
    file: '/etc/portico/daemon.config.yaml',
    files: ['/etc/portico/daemon.config.yaml'],
    daemon: daemonPlan(),
    logging: noLogging,
    admin: null,
    certificates: {},
    accounts: [],
    deliveries: {},
    services: [servicePlan()],
    ...more,
  };
}

/** A delivery with the defaults of the configuration. */
export function deliveryPlan(more: Partial<DeliveryPlan> = {}): DeliveryPlan {
  return {
    type: 'directory',
    retry: { first: 5_000, longest: 3_600_000, giveUp: 259_200_000 },
    timeout: 60_000,
    concurrency: 4,
    when: { service: [], name: null },
    options: {},
    base: '/',
    ...more,
  };
}

/** A certificate of a public authority. */
export function acmePlan(more: Partial<AcmePlan> = {}): AcmePlan {
  return {
    kind: 'acme',
    names: ['www.example'],
    email: null,
    directory: 'https://authority.example/directory',
    ca: null,
    challenge: 'http-01',
    listen: listenPlan('tcp://127.0.0.1:80'),
    command: [],
    ...more,
  };
}

/** What a worker is told at its start, without services. */
export function startMessage(more: Partial<StartMessage> = {}): StartMessage {
  return {
    type: 'start',
    id: 'w1',
    pool: 'main',
    generation: 1,
    workers: 1,
    identity: null,
    daemon: daemonPlan(),
    logging: noLogging,
    certificates: {},
    bans: [],
    challenges: [],
    ticketKeys: Buffer.alloc(48, 7).toString('base64'),
    services: [],
    logFiles: {},
    ...more,
  };
}
