import type { Json } from '../contract/bus.ts';
import type { SessionEvent, SessionReport } from '../contract/channel.ts';
import type { Status } from '../contract/control.ts';
import { ConfigError, reasonOf } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { notify } from '../system/notify.ts';
import { applyPlan, type Applied } from './apply.ts';
import { createAccounts } from './accounts.ts';
import { createCertificates } from './certificates.ts';
import { adoptWorker } from './adopted-worker.ts';
import { createFleet } from './fleet.ts';
import { createLogFiles } from './log-files.ts';
import { createMasterLog, type MasterLog } from './master-log.ts';
import { createMasterMetrics } from './master-metrics.ts';
import { describeExit, type Pool, type PoolEvents, type PoolWorker } from './pool.ts';
import { createOrders, type Orders } from './orders.ts';
import { isOwnPool } from './own-service.ts';
import { registryName } from './registry-plan.ts';
import { servicesOf } from './pool-plans.ts';
import { reportLoaded } from './report-loaded.ts';
import { createShutdown } from './shutdown.ts';
import { createSocketKeeper, nameForUpgrade, type SocketKeeper } from './sockets.ts';
import { serviceManagerStore } from './socket-store.ts';
import { buildStatus, whichAreUp } from './status.ts';
import { becomeProgram, probeProgram, type UpgradeState } from './upgrade.ts';
import { watchFiles } from './watch-files.ts';
import type { WorkerLauncher } from './worker-process.ts';

/** The running daemon, as the control socket and the signals see it. */
export interface Daemon {
  /** Puts the first plan in force. Throws BindError; services that fail are reported and the others serve. */
  start(plan: Plan): Promise<void>;
  /** Takes over from the previous image of this process: its counts now, its workers when ours are ready. */
  inherit(previous: UpgradeState): void;
  /** Reads the configuration again and puts it in force whole, or throws and leaves everything as it was. */
  reload(): Promise<void>;
  reopenLogs(): void;
  /** Drains; a second call ends everything at once. */
  stop(): void;
  /** Resolves when the last worker has ended after `stop`. */
  readonly stopped: Promise<void>;
  status(): Promise<Status>;
  sessions(): Promise<readonly SessionReport[]>;
  kick(id: string): Promise<boolean>;
  follow(listener: (event: SessionEvent) => void): () => void;
  /** Becomes the program on disk. Returns only by throwing, and then everything is as it was. */
  upgrade(): Promise<void>;
  /** Of bans, certificates and the journal. */
  readonly orders: Orders;
  readonly keeper: SocketKeeper;
  readonly log: MasterLog;
}

export interface DaemonOptions {
  readonly version: string;
  readonly launcher: WorkerLauncher;
  /** Reads the configuration; throws ConfigError. */
  load(): Promise<Plan>;
}

export function createDaemon(options: DaemonOptions): Daemon {
  const keeper = createSocketKeeper(serviceManagerStore);
  const logFiles = createLogFiles();
  const certificates = createCertificates();
  const accounts = createAccounts();
  const log = createMasterLog();
  const metrics = createMasterMetrics(options.version);
  const fleet = createFleet({
    services: (pool) => servicesOf(plans, pool),
    answer: async (what) => {
      if (what === 'metrics')
        return metrics.collect(await fleet.snapshots(), {
          workers: serving().length,
          generation: current?.generation ?? 0,
          certificates: current === null ? new Map<string, number>() : certificates.expiries(current.plan),
          services:
            current === null ? new Map<string, boolean>() : whichAreUp({ ...current, pools: poolsOf(current), state }),
        });
      return (what === 'status' ? await status() : await fleet.sessions()) as unknown as Json;
    },
  });
  let started = new Date().toISOString();
  let generation = 0;
  let inheritedGeneration = 0;
  let adopted: readonly PoolWorker[] = [];
  let current: Applied | null = null;
  /** Pools that are being started, until they are in force or given up. */
  let starting: readonly Pool[] = [];
  const shutdown = createShutdown({
    fleet,
    pools: () => [...(current?.pools ?? []).map(({ pool }) => pool), ...starting],
  });
  /** What `status` shows until the first plan is in force. */
  let planned: Plan | null = null;
  /** The newest first: workers of earlier ones may still have sessions. */
  let plans: readonly Plan[] = [];
  let state: Status['state'] = 'starting';
  let changes: Promise<unknown> = Promise.resolve();

  const events: PoolEvents = {
    joined(worker) {
      fleet.joined(worker);
      // Sessions that go on may want to log in, so a registry is replaced even now.
      if (state === 'stopping' && worker.pool !== registryName) worker.process.send({ type: 'stop' });
      // One that the previous image started is no news.
      if (worker.generation <= inheritedGeneration) return;
      log.emit('worker.start', { pool: worker.pool, worker: worker.process.pid, generation: worker.generation });
    },
    left(worker, exit, wasExpected) {
      fleet.left(worker);
      if (!wasExpected) metrics.restarted();
      log.emit(wasExpected ? 'worker.retired' : 'worker.exit', {
        pool: worker.pool,
        worker: worker.process.pid,
        generation: worker.generation,
        exit: describeExit(exit),
      });
      shutdown.workerLeft();
    },
    launchFailed: (pool, error) =>
      log.emit('worker.exit', { pool, generation, exit: `not started: ${reasonOf(error)}` }),
    unresponsive: (worker) => log.emit('worker.unresponsive', { pool: worker.pool, worker: worker.process.pid }),
    tooLarge: (worker) => log.emit('worker.memory', { pool: worker.pool, worker: worker.process.pid, rss: worker.rss }),
    serviceFailed(service, error) {
      // While everything ends, a service that never came up is no failure.
      if (state !== 'stopping') log.emit('service.failed', { service, error });
    },
    broken: (worker, error) =>
      log.emit('worker.broken', { pool: worker.pool, worker: worker.process.pid, error: reasonOf(error) }),
    message: (worker, message) => fleet.receive(worker, message),
  };

  const apply = async (plan: Plan, mustSucceed: boolean): Promise<void> => {
    const before = current;
    plans = [plan, ...plans].slice(0, maxPlans);
    const { launcher } = options;
    const { registry } = fleet;
    const parts = { keeper, logFiles, certificates, launcher, registry, events };
    const starts = (pools: readonly Pool[]) => (starting = pools);
    const next = { ...parts, mustSucceed, generation: generation + 1, starting: starts };
    await certificates.prepare(plan);
    current = await applyPlan(next, before, plan).finally(() => (starting = []));
    generation = current.generation;
    // Told to stop meanwhile: what has come up is going again.
    if (state === 'stopping') return;
    log.configure(plan);
    watchFiles({ plan, certificates, accounts, registry, log, current: () => current });
    reportLoaded(log, before, current);
    const { length } = plan.services;
    notify(`STATUS=${length} service${length === 1 ? '' : 's'}, generation ${current.generation}`);
  };

  /** One change at a time, in the order in which they were asked for. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const turn = changes.then(change, change);
    changes = turn.catch(() => {});
    return turn;
  };

  const status = async (): Promise<Status> => {
    const inForce = current ?? (planned === null ? null : { plan: planned, generation, pools: [], sockets: new Map() });
    if (inForce === null) throw new Error('the daemon is starting');
    const reports = await fleet.reports();
    return buildStatus({
      ...inForce,
      version: options.version,
      started,
      state,
      pools: poolsOf(inForce),
      workers: fleet.workers(),
      reports,
      snapshots: fleet.lastSnapshots(),
      deliveries: await orders.deliveries.counts(inForce.plan),
    });
  };

  /** Throws unless changes can be made now. */
  const runningPlan = (): Applied => {
    if (current === null || state !== 'running') throw new Error(`the daemon is ${state}`);
    return current;
  };

  const save = (plan: Plan): UpgradeState => ({
    started,
    generation,
    plan,
    fleet: fleet.save(),
    sockets: keeper
      .all()
      .flatMap((socket) => (socket.fd === null ? [] : [{ fd: socket.fd, name: nameForUpgrade(socket) }])),
    workers: fleet.workers().map((worker) => ({
      id: worker.process.id,
      pid: worker.process.pid,
      descriptors: worker.process.descriptors,
      pool: worker.pool,
      generation: worker.generation,
      restarts: worker.restarts,
      rest: worker.process.rest(),
    })),
    restarts: metrics.restarts(),
  });

  const serving = (): PoolWorker[] => fleet.workers().filter((worker) => !isOwnPool(worker.pool));

  const orders = createOrders({
    registry: fleet.registry,
    certificates,
    plan() {
      if (current === null) throw new Error('the daemon is starting');
      return current.plan;
    },
  });

  return {
    start: (plan) =>
      inTurn(async () => {
        planned = plan;
        log.configure(plan);
        log.emit('daemon.start', { version: options.version, file: plan.file });
        await apply(plan, false);
        for (const worker of adopted) worker.process.send({ type: 'drain', deadline: plan.daemon.drainReload });
        if (state === 'starting') state = 'running';
      }),
    inherit(previous) {
      started = previous.started;
      generation = previous.generation;
      inheritedGeneration = previous.generation;
      plans = [previous.plan];
      fleet.restore(previous.fleet);
      adopted = previous.workers.map((known) => adoptWorker(known, events));
      if (previous.restarts !== undefined) metrics.restarted(previous.restarts);
    },
    upgrade: () =>
      inTurn(async () => {
        try {
          runningPlan();
          await probeProgram();
          const { plan } = runningPlan();
          log.emit('daemon.upgrade', { generation });
          await Promise.all([log.flush(), fleet.flushed()]);
          becomeProgram(save(plan));
        } catch (error) {
          log.emit('upgrade.failed', { reason: reasonOf(error) });
          throw error;
        }
      }),
    reload: () =>
      inTurn(async () => {
        runningPlan();
        state = 'reloading';
        notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
        try {
          await apply(await options.load(), true);
        } catch (error) {
          const mistakes = error instanceof ConfigError ? error.mistakes.length : undefined;
          log.emit('config.rejected', { reason: reasonOf(error), mistakes });
          throw error;
        } finally {
          if ((state as Status['state']) === 'reloading') state = 'running';
          notify('READY=1');
        }
      }),
    reopenLogs() {
      log.reopen();
      const files = logFiles.reopen();
      for (const worker of fleet.workers()) worker.process.passLogFiles(files);
      log.emit('log.reopened', { files: Object.keys(files).join(' ') });
    },
    stop() {
      const isSecond = state === 'stopping';
      state = 'stopping';
      certificates.close();
      accounts.close();
      if (!isSecond) {
        log.emit('daemon.stop', { sessions: 'draining' });
        notify('STOPPING=1');
      }
      shutdown.begin(isSecond, (current?.plan ?? planned)?.daemon.drain ?? 0);
      // In turn, because a change under way is still starting workers on them.
      if (!isSecond) void inTurn(async () => keeper.close());
    },
    stopped: shutdown.done,
    status,
    sessions: () => fleet.sessions(),
    kick: (id) => fleet.kick(id),
    follow: (listener) => fleet.follow(listener),
    orders,
    keeper,
    log,
  };
}

const poolsOf = ({ pools }: Pick<Applied, 'pools'>): Pool[] => pools.map(({ pool }) => pool);

const maxPlans = 5;
