import type { LogFields } from '../contract/logger.ts';
import type { Plan } from '../contract/plan.ts';
import type { EventName } from '../logging/events.ts';
import { createLogging, type Logging } from '../logging/logging.ts';

/** The master's own log, made anew where a reload changes the logging section. */
export interface MasterLog {
  /** From here on lines go where this plan says. */
  configure(plan: Plan): void;
  emit(event: EventName, fields: LogFields): void;
  reopen(): void;
  close(): Promise<void>;
}

export function createMasterLog(): MasterLog {
  let logging: Logging | null = null;
  let configured = '';
  return {
    configure(plan) {
      const wanted = JSON.stringify([plan.logging, plan.daemon.name]);
      if (wanted === configured) return;
      const before = logging;
      configured = wanted;
      // No descriptors are given: the master may open the files by itself.
      logging = createLogging({ plan: plan.logging, name: plan.daemon.name, files: {} });
      if (before !== null) void before.flush().then(() => before.close());
    },
    emit: (event, fields) => logging?.emit(event, fields),
    reopen: () => logging?.reopen(),
    async close() {
      await logging?.flush();
      logging?.flushSync();
      logging?.close();
    },
  };
}
