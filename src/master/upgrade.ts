import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ExitError, exitCodes, reasonOf } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { passRightsOn, withholdRights } from '../system/ambient-rights.ts';
import { replaceProgram } from '../system/execve.ts';
import { describeInherited } from '../system/inherit.ts';
import { libc } from '../system/libc.ts';
import { setCloseOnExec } from '../system/sockets.ts';
import type { FleetState } from './fleet.ts';

/** What one image of the master leaves to the next, beside the open descriptors that it names. */
export interface UpgradeState {
  readonly started: string;
  readonly generation: number;
  /** In force if the next image cannot use the configuration on disk. */
  readonly plan: Plan;
  readonly fleet: FleetState;
  readonly sockets: readonly { readonly fd: number; readonly name: string }[];
  readonly workers: readonly KnownWorker[];
  /** Workers that had to be replaced so far. */
  readonly restarts?: number;
}

export interface KnownWorker {
  readonly id: string;
  readonly pid: number;
  readonly descriptors: readonly [number, number];
  readonly pool: string;
  readonly generation: number;
  readonly restarts: number;
  /** See `WorkerProcess.rest`. */
  readonly rest?: string;
}

const stateVariable = 'PORTICO_UPGRADE';
const probeVariable = 'PORTICO_PROBE';
const probeTimeoutMs = 60_000;

/** True in a process that was started only to see whether the program on disk works. */
export const isProbe = (): boolean => process.env[probeVariable] !== undefined;

/**
 * Starts the program on disk once with the same arguments, to load itself and the configuration. Throws with what it said:
 * ExitError 78 when it is the configuration that it does not like. Only that program can tell, because its release may
 * know more than this one.
 */
export async function probeProgram(): Promise<void> {
  if (libc === null) throw new Error('an upgrade in place needs node:ffi; stop and start instead');
  try {
    await promisify(execFile)(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [probeVariable]: '1' },
      timeout: probeTimeoutMs,
    });
  } catch (error) {
    const { code, stderr } = error as { code?: number | string; stderr?: string };
    const said = stderr?.trim();
    if (code === exitCodes.config) {
      throw new ExitError(exitCodes.config, `the program on disk finds mistakes in the configuration:\n${said}`);
    }
    throw new Error(
      `the program on disk does not start: ${said === undefined || said === '' ? reasonOf(error) : said}`,
      {
        cause: error,
      },
    );
  }
}

/** Becomes the program on disk, with the same pid. The sockets and the channels to the workers stay open. */
export function becomeProgram(state: UpgradeState): never {
  const stateFd = writeUnseen(state.plan.daemon.runtime, JSON.stringify(state));
  const keep = [...state.sockets.map((socket) => socket.fd), ...state.workers.flatMap((worker) => worker.descriptors)];
  const descriptors = [stateFd, ...keep.filter((fd) => fd >= 0)];
  for (const fd of descriptors) setCloseOnExec(fd, false);
  passRightsOn();
  try {
    return replaceProgram(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
      ...process.env,
      ...describeInherited(state.sockets),
      [stateVariable]: String(stateFd),
    });
  } catch (error) {
    withholdRights();
    for (const fd of descriptors) setCloseOnExec(fd, true);
    fs.closeSync(stateFd);
    throw error;
  }
}

/** A file that no path leads to: nobody can read it (the plan may hold secrets) or put another in its place. */
function writeUnseen(folder: string, text: string): number {
  const path = join(folder, `portico.${process.pid}.upgrade`);
  fs.rmSync(path, { force: true });
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, 0o600);
  fs.rmSync(path);
  fs.writeFileSync(fd, text);
  return fd;
}

/** What the previous image left, if there was one. Its descriptors are closed on exec again. */
export function takeUpgradeState(): UpgradeState | null {
  const number = process.env[stateVariable];
  delete process.env[stateVariable];
  if (number === undefined) return null;
  const stateFd = Number(number);
  const bytes = Buffer.alloc(fs.fstatSync(stateFd).size);
  fs.readSync(stateFd, bytes, 0, bytes.length, 0);
  fs.closeSync(stateFd);
  const state = JSON.parse(bytes.toString('utf8')) as UpgradeState;
  for (const socket of state.sockets) setCloseOnExec(socket.fd, true);
  for (const fd of state.workers.flatMap((worker) => worker.descriptors)) if (fd >= 0) setCloseOnExec(fd, true);
  return state;
}
