import type { DeliveryStatus, ServiceStatus, Status } from '../contract/control.ts';
import type { DeliveryCounts } from '../contract/queue.ts';
import type { AddressPlan, Plan, ServicePlan } from '../contract/plan.ts';
import { poolOf } from '../config/difference.ts';
import { isDeliveryDown, readService, type Snapshot } from '../logging/snapshot.ts';
import type { WorkerReport } from './fleet.ts';
import type { Pool, PoolWorker } from './pool.ts';
import { isOwnPool } from './own-service.ts';
import { adminName } from './pool-plans.ts';
import { listenerAddress, type HeldSocket } from './sockets.ts';

export interface StatusOptions {
  readonly plan: Plan;
  readonly version: string;
  readonly started: string;
  readonly generation: number;
  readonly state: Status['state'];
  readonly pools: readonly Pool[];
  readonly workers: readonly PoolWorker[];
  readonly sockets: ReadonlyMap<string, readonly HeldSocket[]>;
  readonly reports: ReadonlyMap<string, WorkerReport>;
  readonly snapshots: readonly Snapshot[];
  readonly deliveries: readonly DeliveryCounts[];
}

export function buildStatus(options: StatusOptions): Status {
  const { plan, pools, workers, reports, sockets } = options;
  const admin = sockets.get(`${adminName}/0`)?.[0];
  return {
    name: plan.daemon.name,
    version: options.version,
    pid: process.pid,
    started: options.started,
    generation: options.generation,
    state: options.state,
    config: plan.file,
    admin: plan.admin === null || admin === undefined ? null : addressOf(plan.admin, admin, undefined),
    workers: workers
      .filter((worker) => !isOwnPool(worker.pool))
      .map((worker) => ({
        pool: worker.pool,
        pid: worker.process.pid,
        generation: worker.generation,
        sessions: reports.get(worker.process.id)?.sessions ?? 0,
        rss: reports.get(worker.process.id)?.rss ?? worker.rss,
        restarts: worker.restarts,
      })),
    services: plan.services.map((service): ServiceStatus => {
      const pool = poolFor(service, pools);
      const counts = readService(options.snapshots, service.name);
      return {
        name: service.name,
        type: service.type,
        state: stateOf(service, pool, options.state),
        pool: poolOf(service),
        listeners: service.listen.flatMap((listen, index) =>
          (sockets.get(`${service.name}/${index}`) ?? []).map((socket) => ({
            address: addressOf(listen, socket, pool?.bound.get(`${service.name}/${index}`)),
          })),
        ),
        sessions: { active: counts.active, total: counts.total, refused: counts.refused },
        bytes: { in: counts.bytesIn, out: counts.bytesOut },
        error: pool?.failed.get(service.name) ?? null,
        ...(service.sensor ? { sensor: true } : {}),
      };
    }),
    deliveries: deliveriesOf(plan, options.deliveries, options.snapshots),
  };
}

/** Whether each service that is enabled is up, by its name. */
export function whichAreUp({
  plan,
  pools,
  state,
}: Pick<StatusOptions, 'plan' | 'pools' | 'state'>): Map<string, boolean> {
  return new Map(
    plan.services
      .filter(({ enabled }) => enabled)
      .map((service) => [service.name, stateOf(service, poolFor(service, pools), state) === 'up']),
  );
}

function poolFor(service: ServicePlan, pools: readonly Pool[]): Pool | undefined {
  return pools.find(({ name }) => name === poolOf(service));
}

function stateOf(service: ServicePlan, pool: Pool | undefined, state: Status['state']): ServiceStatus['state'] {
  if (!service.enabled) return 'disabled';
  if (pool?.failed.has(service.name) === true) return 'failed';
  if (state === 'stopping') return 'stopping';
  return pool?.isReady === true ? 'up' : 'starting';
}

/** Those that are configured, and those for which something still waits: mailboxes only where it does. */
function deliveriesOf(plan: Plan, counts: readonly DeliveryCounts[], snapshots: readonly Snapshot[]): DeliveryStatus[] {
  const types = new Map(Object.entries(plan.deliveries).map(([name, { type }]) => [name, type]));
  for (const { delivery, queued, failed } of counts)
    if (queued + failed > 0 && !types.has(delivery)) types.set(delivery, 'removed');
  return [...types].map(([name, type]) => {
    const { queued = 0, failed = 0, delivered = 0 } = counts.find(({ delivery }) => delivery === name) ?? {};
    return { name, type, queued, delivered, failed, ...(isDeliveryDown(snapshots, name) ? { down: true } : {}) };
  });
}

function addressOf(listen: AddressPlan, socket: HeldSocket, boundPort: number | undefined): string {
  return listenerAddress(listen, socket, boundPort ?? socket.local.port);
}
