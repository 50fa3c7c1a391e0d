import { existsSync } from 'node:fs';

import { findOpenRelays } from '../config/open-relays.ts';
import type { Plan } from '../contract/plan.ts';
import { mayEnter } from '../system/may-read.ts';
import type { Applied } from './apply.ts';
import { workerIdentity } from './identity.ts';
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
  for (const reason of remarksOn(plan)) log.emit('config.remark', { reason });
}

/** What is no mistake, and will be missed at night. */
function remarksOn(plan: Plan): readonly string[] {
  return [...closedState(plan), ...findOpenRelays(plan)];
}

/** A folder of root's alone, or somebody's home: nothing that services keep can be kept there. */
function closedState({ daemon }: Plan): readonly string[] {
  const identity = workerIdentity(daemon);
  if (identity === null || !existsSync(daemon.state) || mayEnter(daemon.state, identity)) return [];
  return [
    `${identity.user}, who serves, may not go into ${daemon.state} or through a folder above it: mail, deliveries, logins and host keys need it. Put daemon.state elsewhere, or name another daemon.user`,
  ];
}
