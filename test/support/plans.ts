import type { DaemonPlan, ListenPlan, LoggingPlan, Plan, ServicePlan } from '../../src/contract/plan.ts';

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
    tls: { certificates: [], minVersion: 'TLSv1.2', clientCa: null, clientCertificate: 'none' },
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
    state: '/nonexistent/state',
    runtime: '/nonexistent/runtime',
    workers: 1,
    drain: 30_000,
    drainReload: 600_000,
    memory: 1024 ** 3,
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
    services: [servicePlan()],
    ...more,
  };
}
