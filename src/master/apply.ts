import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { ExitError, exitCodes } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { Certificates } from './certificates.ts';
import { courierName, hasCourier, prepareSpool, prepareTargets } from './courier-plan.ts';
import { prepareHomes } from './homes.ts';
import type { LogFiles } from './log-files.ts';
import { createPool, type Pool, type PoolEvents } from './pool.ts';
import { isOwnPool } from './own-service.ts';
import { poolPlans, startMessage, unchangedPools, wantedSockets, type PoolPlan } from './pool-plans.ts';
import { workerIdentity } from './identity.ts';
import type { RegistryLink } from './registry-link.ts';
import { hasStore, prepareRegistryFolders, registryName } from './registry-plan.ts';
import { prepareServiceFolder, prepareWrittenFolders } from './service-folder.ts';
import type { HeldSocket, Holding, SocketKeeper } from './sockets.ts';
import type { WorkerLauncher } from './worker-process.ts';

/** A plan in force. */
export interface Applied {
  readonly plan: Plan;
  readonly generation: number;
  readonly pools: readonly AppliedPool[];
  readonly sockets: ReadonlyMap<string, readonly HeldSocket[]>;
}

export interface AppliedPool {
  readonly poolPlan: PoolPlan;
  readonly pool: Pool;
}

export interface ApplyOptions {
  readonly keeper: SocketKeeper;
  readonly logFiles: LogFiles;
  readonly certificates: Certificates;
  readonly launcher: WorkerLauncher;
  readonly registry: RegistryLink;
  readonly events: PoolEvents;
  /** A service that fails undoes everything (a reload); otherwise the others serve without it (a start). */
  readonly mustSucceed: boolean;
  /** Called with the pools that are about to start: whoever stops everything meanwhile has to stop them too. */
  starting(pools: readonly Pool[]): void;
  readonly generation: number;
}

/**
 * Puts a plan in force: binds what is new, starts the pools that changed, waits until they are ready, then retires the
 * old ones. A start is this from nothing. Throws BindError or ExitError, and then nothing has changed.
 */
export async function applyPlan(options: ApplyOptions, current: Applied | null, plan: Plan): Promise<Applied> {
  const { generation } = options;
  const poolsWanted = poolPlans(plan);
  const holding = await options.keeper.hold(wantedSockets(poolsWanted));
  const fresh: Pool[] = [];
  try {
    const unchanged = current === null ? new Set<string>() : unchangedPools(current.plan, plan);
    const pools = poolsWanted.map((poolPlan) => keepOrCreate(options, current, { plan, poolPlan, holding, unchanged }));
    fresh.push(...pools.filter((entry) => !isKept(current, entry)).map((entry) => entry.pool));
    options.starting(fresh);
    await startPools(options, plan, fresh);
    if (options.mustSucceed) refuseFailures(fresh);
    retireOthers(current, pools, plan);
    holding.commit();
    options.logFiles.keepOnly(plan.logging);
    return { plan, generation, pools, sockets: holding.sockets };
  } catch (error) {
    for (const pool of fresh) pool.stop();
    holding.undo();
    throw error;
  }
}

/**
 * Registry and courier come after the others at a start, and nobody waits for them: services ask when they need them, and what
 * came before waits in the queue. Only where there is a store, the bans in it come before the first peer.
 */
async function startPools({ registry, mustSucceed }: ApplyOptions, plan: Plan, fresh: readonly Pool[]): Promise<void> {
  const own = fresh.find((pool) => pool.name === registryName);
  const courier = fresh.find((pool) => pool.name === courierName);
  const others = fresh.filter((pool) => pool !== own && pool !== courier);
  const comesFirst = own !== undefined && !mustSucceed && hasStore(plan.daemon.state);
  const started = comesFirst ? own.start() : undefined;
  if (comesFirst) await Promise.race([registry.hasBans, started, delay(maxBansMs, undefined, { ref: false })]);
  await Promise.all(others.map((pool) => pool.start()));
  const last = Promise.all([comesFirst ? started : own?.start(), courier?.start()]);
  if (mustSucceed) await last;
}

// A registry that cannot start must not keep the services from it.
const maxBansMs = 3_000;

interface PoolContext {
  readonly plan: Plan;
  readonly poolPlan: PoolPlan;
  readonly holding: Holding;
  readonly unchanged: ReadonlySet<string>;
}

/** A pool whose workers would be told the same as before is not touched. */
function keepOrCreate(options: ApplyOptions, current: Applied | null, context: PoolContext): AppliedPool {
  const { plan, poolPlan, holding } = context;
  const { generation } = options;
  const before = current?.pools.find((entry) => entry.poolPlan.name === poolPlan.name);
  const isSame =
    before?.pool.failed.size === 0 &&
    context.unchanged.has(poolPlan.name) &&
    isDeepStrictEqual(before.poolPlan.authorities, poolPlan.authorities) &&
    (!isOwnPool(poolPlan.name) || isDeepStrictEqual(before.poolPlan.services, poolPlan.services));
  if (isSame) return { poolPlan, pool: before.pool };
  const pool = createPool({
    name: poolPlan.name,
    generation,
    services: poolPlan.services.map((service) => service.name),
    count: poolPlan.workers,
    memory: plan.daemon.memory,
    events: options.events,
    launch(names, message) {
      prepareFolders(plan, poolPlan);
      // Read again for each worker: a replacement after a crash gets the files as they are then.
      const { start, inherit } = startMessage({
        plan,
        pool: poolPlan,
        generation,
        names,
        sockets: holding.sockets,
        certificates: options.certificates.load(plan),
        logFiles: options.logFiles.open(plan.logging),
        bans: options.registry.bans(),
        challenges: options.registry.challenges(),
      });
      return options.launcher.launch({ inherit, start, message });
    },
  });
  return { poolPlan, pool };
}

/** Makes what a worker of this pool writes to, and cannot make for itself. */
function prepareFolders(plan: Plan, { name, identity, services }: PoolPlan): void {
  const { state } = plan.daemon;
  if (name === registryName) prepareRegistryFolders(state, identity);
  if (name === courierName) prepareTargets(plan, identity);
  if (isOwnPool(name)) return;
  prepareHomes(plan, workerIdentity(plan.daemon));
  // It makes the mailboxes that nobody has delivered to yet, in the folder of those who deliver.
  if (plan.services.some(({ enabled, type }) => enabled && type === 'imap')) {
    prepareTargets(plan, workerIdentity(plan.daemon));
  }
  prepareServiceFolder(state, identity);
  prepareWrittenFolders(services, identity);
  if (!hasCourier(plan)) return;
  prepareSpool(state, { writer: identity, reader: workerIdentity(plan.daemon) });
}

function isKept(current: Applied | null, entry: AppliedPool): boolean {
  return current?.pools.some((before) => before.pool === entry.pool) ?? false;
}

/** Said after what kept a new configuration from being put in force. */
export const nothingChanged = 'nothing was changed, the daemon goes on as before';

function refuseFailures(fresh: readonly Pool[]): void {
  const failures = fresh.flatMap((pool) => [...pool.failed].map(([service, error]) => `service ${service}: ${error}`));
  if (failures.length === 0) return;
  throw new ExitError(exitCodes.config, `${failures.join('\n')}\n${nothingChanged}`);
}

function retireOthers(current: Applied | null, pools: readonly AppliedPool[], plan: Plan): void {
  for (const entry of current?.pools ?? []) {
    if (!pools.some((kept) => kept.pool === entry.pool)) entry.pool.retire(plan.daemon.drainReload);
  }
}
