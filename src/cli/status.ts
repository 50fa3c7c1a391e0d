import { setTimeout as delay } from 'node:timers/promises';

import type { Status } from '../contract/control.ts';
import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findDaemon, mayPass, type Daemon } from './daemon.ts';
import { parseWait } from './duration.ts';
import { formatJson } from './format.ts';
import { renderStatus } from './render-status.ts';

const status: Command = async (call) => {
  const { options, terminal } = call;
  const waitMs = options.wait === undefined ? null : parseWait(options.wait, 'status');
  const daemon = await findDaemon(call);
  const found = waitMs === null ? await daemon.status() : await statusWhenUp(daemon, waitMs);
  terminal.out(options.json === true ? formatJson(found, 2) : renderStatus(found, terminal));
  if (waitMs === null || isUp(found)) return exitCodes.ok;
  terminal.err(`portico: not every service is up after ${options.wait}\n`);
  return exitCodes.negative;
};

export default status;

const pollMs = 100;

/** The first status in which everything is up, or the last one before the time was over. */
async function statusWhenUp(daemon: Daemon, waitMs: number): Promise<Status> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = deadline - performance.now();
    const isLast = left <= pollMs;
    try {
      const found = await daemon.status(Math.max(1_000, Math.ceil(left)));
      if (isUp(found) || isLast) return found;
    } catch (error) {
      if (!mayPass(error) || isLast) throw error;
    }
    await delay(pollMs);
  }
}

function isUp({ state, services }: Status): boolean {
  return state !== 'starting' && services.every((service) => service.state === 'up' || service.state === 'disabled');
}
