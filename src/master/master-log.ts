import { setImmediate as nextTurn } from 'node:timers/promises';

import type { LogFields, Severity } from '../contract/logger.ts';
import type { Plan } from '../contract/plan.ts';
import type { EventName } from '../logging/events.ts';
import type { Logging } from '../logging/logging.ts';

/** The master's own log, made anew where a reload changes the logging section. */
export interface MasterLog {
  /** From here on lines go where this plan says. */
  configure(plan: Plan): void;
  /** `severity`: where it is not the event's own. */
  emit(event: EventName, fields: LogFields, severity?: Severity): void;
  reopen(): void;
  /** Resolves when everything is written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createMasterLog(): MasterLog {
  let logging: Logging | null = null;
  let configured = '';
  // The code that writes lines is loaded while the first workers start, so that it does not hold them up.
  let loading: Promise<void> = Promise.resolve();
  const early: Parameters<MasterLog['emit']>[] = [];

  const open = async (plan: Plan): Promise<void> => {
    const { createLogging } = await import('../logging/logging.ts');
    const before = logging;
    // No descriptors are given: the master may open the files by itself.
    logging = createLogging({ plan: plan.logging, name: plan.daemon.name, files: {} });
    for (const line of early.splice(0)) logging.emit(...line);
    await before?.flush();
    before?.close();
  };
  const flush = async (): Promise<void> => {
    await loading;
    await logging?.flush();
    logging?.flushSync();
  };
  return {
    configure(plan) {
      const wanted = JSON.stringify([plan.logging, plan.daemon.name]);
      if (wanted === configured) return;
      configured = wanted;
      // In a later turn of the event loop, when the workers have been started.
      loading = loading.then(() => nextTurn()).then(() => open(plan));
    },
    emit(...line) {
      if (logging === null) early.push(line);
      else logging.emit(...line);
    },
    reopen: () => logging?.reopen(),
    flush,
    async close() {
      await flush();
      logging?.close();
    },
  };
}
