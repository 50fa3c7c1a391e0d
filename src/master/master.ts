import fs from 'node:fs';

import { loadConfig } from '../config/load.ts';
import type { Status } from '../contract/control.ts';
import { ConfigError, ExitError, exitCodes, reasonOf } from '../contract/errors.ts';
import type { DaemonPlan, Plan } from '../contract/plan.ts';
import { services } from '../services/index.ts';
import { inheritedSockets, listenVariables, type InheritedSocket } from '../system/inherit.ts';
import { notify, watchdogMs } from '../system/notify.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { setCloseOnExec } from '../system/sockets.ts';
import { openControlSocket } from './control.ts';
import { createDaemon, type Daemon } from './daemon.ts';
import { BindError } from './sockets.ts';
import type { WorkerLauncher } from './worker-process.ts';
import { isProbe, takeUpgradeState, type UpgradeState } from './upgrade.ts';

export interface MasterOptions {
  readonly file: string;
  readonly launcher: WorkerLauncher;
  readonly ready?: ((status: Status, plan: Plan) => void) | undefined;
}

/** Runs the master until it is stopped; resolves with the exit code. Throws ConfigError or ExitError when it cannot start. */
export async function runMaster({ file, launcher, ready }: MasterOptions): Promise<number> {
  const load = (): Promise<Plan> => loadConfig(file, { types: services });
  if (isProbe()) return load().then(() => exitCodes.ok);
  const previous = takeUpgradeState();
  const inherited = takeInheritedSockets();
  const plan = await loadOrKeep(load, previous);
  prepareFolders(plan.daemon);
  const daemon = createDaemon({ version: readVersion(), launcher, load });
  for (const socket of inherited) daemon.keeper.adopt(socket.fd, socket.name);
  if (previous !== null) daemon.inherit(previous);
  const control = await openControl(plan.daemon.runtime, daemon);
  handleSignals(daemon);
  handleCrash(daemon);
  // After an upgrade its time runs on.
  keepWatchdog();
  try {
    await Promise.race([startDaemon(daemon, plan, previous), daemon.stopped]);
    notify('READY=1');
    ready?.(await daemon.status(), plan);
    await daemon.stopped;
    return exitCodes.ok;
  } finally {
    control.close();
    await daemon.log.close();
  }
}

function takeInheritedSockets(): InheritedSocket[] {
  const inherited = inheritedSockets(process.env, process.pid);
  // No child shall believe that they are its own, or get them beside those that it is given.
  for (const name of listenVariables) delete process.env[name];
  for (const { fd } of inherited) setCloseOnExec(fd, true);
  return inherited;
}

/** After an upgrade a configuration with mistakes must not cost the running services: the last good one stays. */
async function loadOrKeep(load: () => Promise<Plan>, previous: UpgradeState | null): Promise<Plan> {
  if (previous === null) return load();
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return previous.plan;
  }
}

async function startDaemon(daemon: Daemon, plan: Plan, previous: UpgradeState | null): Promise<void> {
  try {
    await daemon.start(plan);
  } catch (error) {
    if (previous !== null && plan !== previous.plan) return startDaemon(daemon, previous.plan, null);
    if (error instanceof BindError) throw new ExitError(exitCodes.unavailable, error.message);
    throw error;
  }
}

async function openControl(runtime: string, daemon: Daemon): ReturnType<typeof openControlSocket> {
  try {
    return await openControlSocket(runtime, daemon);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new ExitError(exitCodes.unavailable, `a daemon is running already: ${reasonOf(error)}`);
    throw new ExitError(code === 'EACCES' ? exitCodes.permission : exitCodes.unavailable, reasonOf(error));
  }
}

/** Root's, if root starts the daemon: a worker that was taken over must not be able to put its own files in their place. */
function prepareFolders(daemon: DaemonPlan): void {
  for (const folder of new Set([daemon.state, daemon.runtime])) {
    try {
      makeOpenFolder(folder);
    } catch (error) {
      throw new ExitError(exitCodes.permission, `cannot make the folder ${folder}: ${reasonOf(error)}`);
    }
  }
}

/** A fault of ours: nobody knows what state the master is in, so it ends, and whatever supervises it starts it again. */
function handleCrash(daemon: Daemon): void {
  process.on('uncaughtException', (error) => {
    daemon.log.emit('daemon.crash', { error: error.message, stack: error.stack });
    void daemon.log.close().finally(() => process.exit(exitCodes.internal));
  });
}

function handleSignals(daemon: Daemon): void {
  // What went wrong is in the log already; a signal has nobody to tell.
  const quietly = (action: () => Promise<void>): void => void action().catch(() => {});
  process.on('SIGTERM', () => daemon.stop());
  process.on('SIGINT', () => daemon.stop());
  process.on('SIGHUP', () => quietly(() => daemon.reload()));
  process.on('SIGUSR1', () => daemon.reopenLogs());
  process.on('SIGUSR2', () => quietly(() => daemon.upgrade()));
}

/** systemd restarts a daemon that stays silent for the time it gave. The loop that this runs in is the one that looks after the workers. */
function keepWatchdog(): void {
  const limitMs = watchdogMs();
  if (limitMs === null) return;
  const tell = (): void => notify('WATCHDOG=1');
  tell();
  setInterval(tell, limitMs / 2).unref();
}

function readVersion(): string {
  const text = fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
