import { hostname } from 'node:os';

import type { LogFields, Logger, Severity } from '../contract/logger.ts';
import type { LoggingPlan } from '../contract/plan.ts';
import { createEventLine } from './event-line.ts';
import { eventNames, events, type EventName } from './events.ts';
import { createClock, createJsonLines, tame, type JsonLines } from './json-lines.ts';
import type { DescriptorWriter } from './links/descriptor.ts';
import { createLogger } from './logger.ts';
import { createOutput, type Output } from './outputs.ts';
import { readRecord, type LogRecord } from './record.ts';
import type { SinkTuning } from './sink.ts';

export interface LoggingOptions {
  readonly plan: LoggingPlan;
  /** The app-name of syslog lines. */
  readonly name: string;
  readonly hostname?: string;
  /** Descriptors of log files that were opened with O_APPEND, by path; they are closed here. */
  readonly files?: Readonly<Record<string, number>>;
  /** Lines of an output were lost since the last call. */
  readonly onDropped?: (output: string, count: number) => void;
  readonly tuning?: Partial<SinkTuning>;
  readonly writer?: DescriptorWriter;
}

export type EventListener = (event: EventName, fields: LogFields) => void;

/** What one process has to say, to every output of the plan. Nobody who logs ever waits. */
export interface Logging {
  readonly logger: Logger;
  /** One event, one line. `fields.message` and `severity` take the place of the event's own. */
  emit(event: EventName, fields: LogFields, severity?: Severity): void;
  /**
   * As `emit`, for the two events on the path of every connection: `members` are JSON already, `"service":"echo",…`, and
   * hold no byte of a peer that was not looked at.
   */
  emitMembers(event: EventName, members: string): void;
  /** Hears every event, whatever the level. Returns the function that ends it. */
  subscribe(listener: EventListener): () => void;
  /** After a rotation: takes the new descriptors, and opens the other files by their paths. */
  reopen(files?: Readonly<Record<string, number>>): void;
  /** Resolves when the lines are out, or cannot be for now; two seconds at the most. */
  flush(): Promise<void>;
  /** For the last moment of a process: what can be written without waiting. */
  flushSync(): void;
  close(): void;
  /** Lines lost so far, by output. */
  dropped(): Readonly<Record<string, number>>;
}

interface WriteEvent {
  fields(fields: LogFields): void;
  members(members: string): void;
}

export function createLogging(options: LoggingOptions): Logging {
  const { plan } = options;
  let muted: Output | undefined;
  let isClosed = false;
  const listeners = new Set<EventListener>();
  const outputs = plan.outputs.map((output) =>
    createOutput(output, {
      appName: options.name,
      hostname: options.hostname ?? hostname(),
      facility: plan.facility,
      files: options.files ?? {},
      failed: (name, error) => later(() => reportFailure(name, error)),
      lost: (name, count) => later(() => reportLoss(name, count)),
      tuning: options.tuning,
      writer: options.writer,
    }),
  );
  const write = (line: string): void => fanOut(outputs, line, muted);
  const clock = createClock();
  const lines = createJsonLines(plan.level, write, clock);
  const writers = createWriters({ lines, level: plan.level, clock, write });

  return {
    logger: createLogger(lines, emit),
    emit,
    emitMembers(event, members) {
      writers[event]?.members(members);
      if (listeners.size > 0) tell(event, JSON.parse(`{${members}}`) as LogFields);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reopen(files = {}) {
      for (const output of outputs) output.reopen(Object.hasOwn(files, output.name) ? files[output.name] : undefined);
    },
    async flush() {
      await Promise.all(outputs.map((output) => output.sink.flush()));
    },
    flushSync() {
      for (const output of outputs) output.sink.flushSync();
    },
    close() {
      isClosed = true;
      for (const output of outputs) output.close();
    },
    dropped: () => Object.fromEntries(outputs.map((output) => [output.name, output.sink.dropped])),
  };

  function emit(event: EventName, fields: LogFields, severity?: Severity): void {
    if (severity === undefined) writers[event]?.fields(fields);
    else if (lines.isLevelEnabled(severity)) {
      const { message = events[event].message, ...rest } = fields;
      lines[severity]({ event, ...rest, message });
    }
    if (listeners.size > 0) tell(event, fields);
  }

  function tell(event: EventName, fields: LogFields): void {
    for (const listener of listeners) listener(event, fields);
  }

  function reportFailure(name: string, error: Error): void {
    // The output that failed has no use for the news.
    muted = outputs.find((output) => output.name === name);
    emit('log.failed', { output: name, error });
    muted = undefined;
  }

  function reportLoss(name: string, count: number): void {
    options.onDropped?.(name, count);
    emit('log.dropped', { output: name, count });
  }

  // Not in the middle of what an output is doing, and not before everything here is there.
  function later(report: () => void): void {
    queueMicrotask(() => {
      if (!isClosed) report();
    });
  }
}

function fanOut(outputs: readonly Output[], line: string, muted: Output | undefined): void {
  let record: LogRecord | undefined;
  for (const output of outputs) {
    if (output === muted) continue;
    output.sink.write(output.render === null ? line : output.render((record ??= readRecord(line))));
  }
}

interface WriterOptions {
  readonly lines: JsonLines;
  readonly level: Severity;
  readonly clock: () => string;
  readonly write: (line: string) => void;
}

/** One function for each event that passes the level, with all that is the same in its lines made beforehand. */
function createWriters({ lines, level, clock, write }: WriterOptions): Partial<Record<EventName, WriteEvent>> {
  const writers: Partial<Record<EventName, WriteEvent>> = {};
  for (const event of eventNames) {
    const { severity, message } = events[event];
    if (!lines.isLevelEnabled(severity)) continue;
    const child = lines.child({ event }, { level });
    const toLine = createEventLine({ event, severity, message, clock });
    writers[event] = {
      fields(fields) {
        const line = toLine.fromFields(fields);
        if (line !== null) write(tame(line));
        else if (fields['message'] === undefined) child[severity](fields, message);
        else child[severity](fields);
      },
      members: (members) => write(toLine.fromMembers(members)),
    };
  }
  return writers;
}
