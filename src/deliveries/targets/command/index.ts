import fs from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf, TemporaryError } from '../../../contract/errors.ts';
import type { DeliveryTarget, Item, TargetContext, TargetModule } from '../../../contract/item.ts';
import type { Child, Exit } from '../../../contract/program.ts';
import { factsOf } from './facts.ts';
import { commandKind, type CommandOptions } from './options.ts';
import { createOutputTail, type OutputTail } from './output-tail.ts';

/** A program for each thing: the thing is its standard input, the facts are in its environment, its exit status is the answer. */
const command: TargetModule<CommandOptions> = { ...commandKind, create: createCommand };
export default command;

// EX_TEMPFAIL of sysexits.h.
const againStatus = 75;
// The courier gives up waiting two seconds after the abort.
const killMs = 1_500;
const outputMs = 200;
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function createCommand({ command: words, env, directory }: CommandOptions, context: TargetContext): DeliveryTarget {
  const running = new Set<Child>();
  return {
    async deliver(item, signal) {
      signal.throwIfAborted();
      const output = createOutputTail();
      const child = start(item, output);
      running.add(child);
      const endWatch = terminateOnAbort(child, signal);
      const exit = await child.exited;
      endWatch();
      running.delete(child);
      signal.throwIfAborted();
      if (exit.status === 0) return;
      const reason = `${describeExit(exit)}${await lastWords(child, output)}`;
      throw exit.status === againStatus ? new TemporaryError(reason) : new Error(reason);
    },
    async stop() {
      for (const child of running) child.kill('SIGKILL');
    },
  };

  function start(item: Item, output: OutputTail): Child {
    const [path] = words;
    // A file that it can seek in, and that nothing has to be copied for.
    const fd = item.openFile();
    try {
      const child = context.spawn({
        path,
        argv: words,
        env: { PATH: process.env['PATH'] ?? defaultPath, ...env, ...factsOf(item, context.name) },
        directory,
        stdio: [fd, 'pipe', 'pipe'],
        onStderr: output.add,
      });
      child.stdout?.on('data', output.add).on('error', () => {});
      return child;
    } catch (error) {
      // A program that is not there can be installed.
      throw new TemporaryError(reasonOf(error), null, { cause: error });
    } finally {
      fs.closeSync(fd);
    }
  }
}

/** SIGTERM at the abort, SIGKILL if that was not enough. Returns the function that ends the watch. */
function terminateOnAbort(child: Child, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), killMs);
  };
  signal.addEventListener('abort', terminate, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', terminate);
  };
}

function describeExit({ status, signal }: Exit): string {
  return signal === null ? `exit status ${status}` : `ended by ${signal}`;
}

/** Others may have its output, and go on. */
async function lastWords({ stdout }: Child, output: OutputTail): Promise<string> {
  if (stdout !== null)
    await Promise.race([finished(stdout).catch(() => {}), delay(outputMs, undefined, { ref: false })]);
  const line = output.lastLine();
  return line === '' ? '' : `: ${line}`;
}
