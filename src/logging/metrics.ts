import type { MetricDefinition } from '../contract/metrics.ts';

export type { MetricDefinition };

const define = (name: string, help: string, labelNames: readonly string[] = []): MetricDefinition => ({
  name,
  help,
  labelNames,
});

/** Every metric of the daemon itself, by what it counts. Services may add their own. */
export const metrics = {
  sessions: define('portico_sessions_total', 'Sessions started.', ['service']),
  activeSessions: define('portico_sessions_active', 'Sessions that go on now.', ['service']),
  refusedSessions: define(
    'portico_sessions_refused_total',
    'Connections and datagrams turned away, by the rule that did it.',
    ['service', 'reason'],
  ),
  sessionSeconds: define('portico_session_seconds', 'How long sessions lasted.', ['service']),
  bytes: define('portico_bytes_total', 'Bytes of sessions and datagrams.', ['service', 'direction']),
  datagrams: define('portico_datagrams_total', 'Datagrams received and sent.', ['service', 'direction']),
  authentications: define('portico_auth_total', 'Attempts to log in, by their result.', ['service', 'result']),
  legacyTls: define('portico_tls_legacy_total', 'Connections with a version or cipher that only tls.legacy allows.', [
    'service',
  ]),
  serviceUp: define(
    'portico_service_up',
    '1 while a service is up, 0 while it is not; none for those that are disabled.',
    ['service'],
  ),
  items: define('portico_items_total', 'Things received and acknowledged.', ['service']),
  deliveries: define('portico_deliveries_total', 'Attempts to deliver an item, by their result.', [
    'delivery',
    'result',
  ]),
  deliveryQueue: define('portico_delivery_queue', 'Items that wait for a delivery.', ['delivery']),
  deliveryDown: define('portico_delivery_down', '1 while the target of a delivery is taken to be down.', ['delivery']),
  workers: define('portico_workers', 'Worker processes that serve.'),
  workerRestarts: define('portico_worker_restarts_total', 'Worker processes that were replaced after they ended.'),
  configGeneration: define('portico_config_generation', 'How many configurations were put into effect.'),
  certificateExpiry: define('portico_certificate_expiry_seconds', 'When a certificate ends, in seconds since 1970.', [
    'certificate',
  ]),
  buildInfo: define('portico_build_info', 'Always 1; the version is a label.', ['version']),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Upper bounds of `portico_session_seconds`: from an echoed line to a chat that goes on over night. */
export const sessionSecondsBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 3600, 21_600, 86_400] as const;
