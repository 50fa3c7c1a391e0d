import type { Status } from '../contract/control.ts';
import type { Plan } from '../contract/plan.ts';
import { withholdRights } from '../system/ambient-rights.ts';
import { createWorkerLauncher } from './worker-process.ts';

export interface RunOptions {
  readonly file: string;
  readonly ready?: (status: Status, plan: Plan) => void;
}

/**
 * Runs the daemon; see `runMaster`. A first worker is started before the master loads the rest of its own code, so that
 * both load at the same time.
 */
export async function runDaemon({ file, ready }: RunOptions): Promise<number> {
  withholdRights();
  const launcher = createWorkerLauncher();
  if (!namesOfSpecialStarts.some((name) => process.env[name] !== undefined)) launcher.prepare();
  const { runMaster } = await import('./master.ts');
  return runMaster({ file, launcher, ready });
}

/**
 * A probe starts nothing. And as long as descriptors from systemd or from the image before this one are not close-on-exec
 * again, every child would get them all.
 */
const namesOfSpecialStarts = ['PORTICO_PROBE', 'PORTICO_UPGRADE', 'LISTEN_FDS'] as const;
