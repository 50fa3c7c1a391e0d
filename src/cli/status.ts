import { setTimeout as delay } from 'node:timers/promises';

import type { Status } from '../contract/control.ts';
import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findConfigFile } from './config-file.ts';
import { answerMs, findDaemon, mayPass, realPath, type Daemon } from './daemon.ts';
import { parseWait } from './duration.ts';
import { formatJson } from './format.ts';
import { renderStatus } from './render-status.ts';
import { printable } from './table.ts';

const status: Command = async (call) => {
  const { options, terminal } = call;
  const waitMs = options.wait === undefined ? null : parseWait(options.wait, 'status');
  const daemon = await findDaemon(call);
  const found = waitMs === null ? await daemon.status() : await statusWhenUp(daemon, waitMs);
  terminal.out(options.json === true ? formatJson(found, 2) : renderStatus(found, terminal));
  const { path } = findConfigFile(call);
  if (realPath(found.config) !== realPath(path))
    terminal.err(
      `portico: the daemon that answers was started with ${printable(found.config)}, not ${printable(path)}\n`,
    );
  if (waitMs === null || isUp(found)) return exitCodes.ok;
  terminal.err(
    `portico: ${isSettled(found) ? 'not every service is up' : `not every service is up after ${options.wait}`}: ${namesOf(found)}\n`,
  );
  return exitCodes.negative;
};

export default status;

const pollMs = 100;

/** The first status in which everything is up, or will not be; or the last one before the time was over. */
async function statusWhenUp(daemon: Daemon, waitMs: number): Promise<Status> {
  const deadline = performance.now() + waitMs;
  let latest: Status | null = null;
  for (;;) {
    const left = deadline - performance.now();
    const isLast = left <= pollMs;
    try {
      // The wait is for services: a daemon that is busy may answer as late as without one.
      latest = await daemon.status(Math.max(answerMs, Math.ceil(left)));
      if (isUp(latest) || isSettled(latest) || isLast) return latest;
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (isLast && latest !== null) return latest;
      if (isLast) throw error;
    }
    await delay(pollMs);
  }
}

function isUp({ state, services }: Status): boolean {
  return state !== 'starting' && services.every((service) => service.state === 'up' || service.state === 'disabled');
}

/** Nothing is on its way any more: what has failed stays so until the configuration is applied again. */
function isSettled({ state, services }: Status): boolean {
  return state === 'running' && services.every((service) => service.state !== 'starting');
}

function namesOf({ state, services }: Status): string {
  const late = services.filter((service) => service.state !== 'up' && service.state !== 'disabled');
  if (late.length === 0) return `the daemon is ${state}`;
  return late
    .map(({ name, state: own, error }) => `${name} ${own === 'failed' ? `has failed (${error})` : `is ${own}`}`)
    .map(printable)
    .join(', ');
}
