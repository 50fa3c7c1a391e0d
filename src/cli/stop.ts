import { setTimeout as delay } from 'node:timers/promises';

import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findDaemon, isNotRunning, type Daemon } from './daemon.ts';
import { parseWait } from './duration.ts';

const stop: Command = async (call) => {
  const { options, terminal } = call;
  const waitMs = options.wait === undefined ? 0 : parseWait(options.wait, 'stop');
  const daemon = await findDaemon(call);
  await daemon.tell({ command: 'stop' });
  if (waitMs === 0) {
    terminal.out('stopping\n');
    return exitCodes.ok;
  }
  if (await hasEnded(daemon, waitMs)) {
    terminal.out('stopped\n');
    return exitCodes.ok;
  }
  terminal.err(`portico: it has not ended within ${options.wait}\n`);
  return exitCodes.negative;
};

export default stop;

const pollMs = 100;

async function hasEnded(daemon: Daemon, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    try {
      await daemon.status(Math.ceil(left));
    } catch (error) {
      if (isNotRunning(error)) return true;
    }
    await delay(Math.min(pollMs, Math.max(1, deadline - performance.now())));
  }
}
