import { setTimeout as delay } from 'node:timers/promises';

import { exitCodes, ExitError } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { NoReply } from './control-client.ts';
import { findDaemon, mayPass, type Daemon } from './daemon.ts';

const upgrade: Command = async (call) => {
  const daemon = await findDaemon(call);
  try {
    await daemon.order({ command: 'upgrade' });
  } catch (error) {
    // The new program took the place of the old one before it could answer.
    if (!(error instanceof NoReply)) throw error;
  }
  const { version, pid } = await statusAfter(daemon);
  call.terminal.out(`upgraded to ${version}, pid ${pid}\n`);
  return exitCodes.ok;
};

export default upgrade;

const pollMs = 100;
const maxWaitMs = 60_000;

/** The status once the new program answers and has its services up. */
async function statusAfter(daemon: Daemon): Promise<{ readonly version: string; readonly pid: number }> {
  const deadline = performance.now() + maxWaitMs;
  while (performance.now() < deadline) {
    try {
      const status = await daemon.status();
      if (status.state === 'running') return status;
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
    await delay(pollMs);
  }
  throw new ExitError(exitCodes.internal, 'the new program does not answer');
}
