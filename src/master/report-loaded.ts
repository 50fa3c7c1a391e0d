import { findWarnings } from '../config/warnings.ts';
import type { Applied } from './apply.ts';
import type { MasterLog } from './master-log.ts';
import { isOwnPool } from './own-service.ts';

/** Tells of a configuration that is in force: services that have come up, and what an operator should know of it. */
export function reportLoaded(log: Pick<MasterLog, 'emit'>, before: Applied | null, now: Applied): void {
  const { plan, generation } = now;
  for (const { pool, poolPlan } of now.pools) {
    if (before?.pools.some((entry) => entry.pool === pool) === true || isOwnPool(pool.name)) continue;
    for (const service of poolPlan.services) {
      if (!pool.failed.has(service.name)) log.emit('service.up', { service: service.name, pool: pool.name });
    }
  }
  log.emit('config.loaded', { file: plan.file, generation, services: plan.services.length });
  for (const reason of findWarnings(plan)) log.emit('config.remark', { reason });
}
