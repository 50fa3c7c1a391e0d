import type { ServiceContext } from '../../contract/service.ts';
import { deliverBatch } from './deliver-batch.ts';
import { createFileOutput } from './file-output.ts';
import { createGatherer, type Batch, type Sender } from './gatherer.ts';
import { createLosses } from './losses.ts';
import type { LineFormat, SyslogOptions } from './options.ts';
import { createOutage } from './outage.ts';
import { renders, type Taken } from './render.ts';
import { createRotationLock } from './rotation-lock.ts';

/** Where messages go: the deliveries, the file, or both, each at its own pace. */
export interface Outlets {
  /** `waits`: the sender will be made to wait; what others send while there is no room is lost, and counted. */
  put(taken: Taken, sender: Sender, waits: boolean): void;
  readonly isFull: boolean;
  /** Resolves when there is room everywhere, or at the abort. */
  room(signal: AbortSignal): Promise<void>;
  /** Resolves when all that was put so far has arrived. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Outlet {
  readonly format: LineFormat;
  readonly batch: { readonly count: number; readonly size: number; readonly time: number };
  /** What is said when it fails. */
  readonly trouble: string;
  carry(batch: Batch): Promise<void>;
  close?(): Promise<void>;
}

// What a worker holds for one outlet that is slow or away: some thousand messages of usual length for each megabyte.
const maxHeldBytes = 16 * 1024 ** 2;
// The file needs no batches, only fewer and larger writes; past its size it may go by one of them.
const maxWriteBytes = 256 * 1024;
const minWriteBytes = 4 * 1024;
// A worker that ends has ten seconds, of which its sessions may take six.
const lastTriesMs = 3_000;

export async function createOutlets(options: SyslogOptions, context: ServiceContext): Promise<Outlets> {
  const running = (await outletsOf(options, context)).map((outlet) => run(outlet, context));
  return {
    put(taken, sender, waits) {
      const lines: Partial<Record<LineFormat, string>> = {};
      for (const { format, put } of running) put((lines[format] ??= renders[format](taken)), sender, waits);
    },
    get isFull() {
      return running.some(({ gatherer }) => gatherer.isFull);
    },
    async room(signal) {
      await Promise.all(running.map(({ gatherer }) => gatherer.room(signal)));
    },
    async flush() {
      await Promise.all(running.map(({ gatherer }) => gatherer.flush()));
    },
    async close() {
      await Promise.all(running.map(({ close }) => close()));
    },
  };
}

async function outletsOf(options: SyslogOptions, context: ServiceContext): Promise<readonly Outlet[]> {
  const { file, format, batch } = options;
  const outlets: Outlet[] = [];
  if (context.deliver.length > 0) {
    const carry = (lines: Batch): Promise<void> => deliverBatch(lines, format, context);
    outlets.push({ format, batch, trouble: 'messages cannot be handed to the deliveries', carry });
  }
  if (file === undefined) return outlets;
  const { bus, log, disk } = context;
  const { carry, close } = await createFileOutput({ file, lock: createRotationLock(bus), log, disk });
  const trouble = `messages cannot be written to ${file.path}`;
  const share = Math.max(minWriteBytes, (file.rotate?.size ?? Number.POSITIVE_INFINITY) / 16);
  const writes = { count: 100_000, size: Math.min(maxWriteBytes, share), time: 0 };
  return [...outlets, { format: file.format, batch: writes, trouble, carry, close }];
}

const lostMessages = {
  name: 'portico_syslog_lost_total',
  help: 'Messages for which there was no room, because they came faster than they could be stored.',
  labelNames: ['service'],
};

function run({ format, batch, trouble, carry, close }: Outlet, { name, log, metrics }: ServiceContext) {
  const outage = createOutage({ trouble, log });
  const gatherer = createGatherer({
    maxCount: batch.count,
    maxBytes: batch.size,
    timeMs: batch.time,
    maxHeldBytes: Math.max(maxHeldBytes, 4 * batch.size),
    carry,
    failed: outage.failed,
    worked: outage.worked,
  });
  const losses = createLosses({ log, isFull: () => gatherer.isFull });
  const lost = metrics.counter(lostMessages).of({ service: name });
  return {
    format,
    gatherer,
    put(line: string, sender: Sender, waits: boolean): void {
      if (waits || !gatherer.isFull) return gatherer.add(line, sender);
      lost.increase();
      losses.add();
    },
    async close(): Promise<void> {
      const left = await gatherer.finish(lastTriesMs);
      if (left > 0) log.err('messages were lost: the worker ends, and they could not be stored', { count: left });
      losses.close();
      await close?.();
    },
  };
}
