import tty from 'node:tty';

import type { OutputPlan } from '../contract/plan.ts';
import { facilityCode, octetCounted } from '../wire/syslog.ts';
import { formatPretty } from './formats/pretty.ts';
import { syslogRfc3164, syslogRfc5424, type SyslogFormat } from './formats/syslog.ts';
import { formatPrefixed } from './formats/text.ts';
import { createConsoleTarget } from './links/console.ts';
import { createDatagramTarget } from './links/datagram.ts';
import type { DescriptorWriter } from './links/descriptor.ts';
import { createFileTarget } from './links/file.ts';
import { createLocalTarget } from './links/local.ts';
import { createStreamTarget } from './links/stream.ts';
import type { OpenLink } from './link.ts';
import type { LogRecord } from './record.ts';
import { createSink, type Sink, type SinkTuning } from './sink.ts';

/** One place where lines go: a transform of the text, and a sink. */
export interface Output {
  /** As the operator knows it: "console", a path, an address. */
  readonly name: string;
  /** null: the JSON line as it is. */
  readonly render: ((record: LogRecord) => string) | null;
  readonly sink: Sink;
  reopen(fd: number | undefined): void;
  close(): void;
}

export interface OutputContext {
  readonly appName: string;
  readonly hostname: string;
  readonly facility: string;
  readonly files: Readonly<Record<string, number>>;
  readonly failed: (output: string, error: Error) => void;
  readonly lost: (output: string, count: number) => void;
  readonly tuning?: Partial<SinkTuning> | undefined;
  readonly writer?: DescriptorWriter | undefined;
}

// RFC 3164 4.1: 1024 bytes in all. RFC 5424 6.1 leaves the limit to the receivers; those of today take 8 KB.
const maxBytesRfc3164 = 1024;
const maxBytesDatagram = 8192;
const maxBytesStream = 65_536;

export function createOutput(plan: OutputPlan, context: OutputContext): Output {
  if (plan.kind === 'console') return consoleOutput(plan, context);
  return plan.kind === 'file' ? fileOutput(plan, context) : syslogOutput(plan, context);
}

function consoleOutput(plan: OutputPlan & { kind: 'console' }, context: OutputContext): Output {
  const format = plan.format === 'auto' ? consoleFormat() : plan.format;
  const hasColours = tty.isatty(2) && (process.env['NO_COLOR'] ?? '') === '';
  const renders = {
    json: null,
    syslog: (record: LogRecord) => `${formatPrefixed(record)}\n`,
    pretty: (record: LogRecord) => `${formatPretty(record, hasColours)}\n`,
  };
  return assemble('console', renders[format], createConsoleTarget(context.writer), context);
}

function consoleFormat(): 'pretty' | 'syslog' | 'json' {
  if (tty.isatty(2)) return 'pretty';
  return (process.env['JOURNAL_STREAM'] ?? '') === '' ? 'json' : 'syslog';
}

function fileOutput(plan: OutputPlan & { kind: 'file' }, context: OutputContext): Output {
  const { path } = plan;
  const kept = (error: Error): void => context.failed(path, error);
  const fd = Object.hasOwn(context.files, path) ? context.files[path] : undefined;
  const target = createFileTarget({ path, fd, kept, writer: context.writer });
  const format = syslogFormat(context, maxBytesStream, context.hostname);
  const render = plan.format === 'json' ? null : (record: LogRecord) => `${syslogRfc5424(record, format)}\n`;
  const output = assemble(path, render, target.open, context);
  return {
    ...output,
    reopen(next) {
      target.replace(next);
      output.sink.reopen();
    },
    close() {
      target.close();
      output.sink.close();
    },
  };
}

function syslogOutput(plan: OutputPlan & { kind: 'syslog' }, context: OutputContext): Output {
  const { kind, host, port, path, text } = plan.address;
  const isStream = kind === 'tcp' || kind === 'tls';
  const frame = isStream ? octetCounted : (message: string): string => message;
  const isOlder = plan.format === 'rfc3164';
  const maxBytes = isStream ? maxBytesStream : isOlder && kind === 'udp' ? maxBytesRfc3164 : maxBytesDatagram;
  const format = syslogFormat(context, maxBytes, isOlder && kind === 'unix' ? '' : context.hostname);
  const write = isOlder ? syslogRfc3164 : syslogRfc5424;
  return assemble(text, (record) => frame(write(record, format)), openTarget(), context);

  function openTarget(): OpenLink {
    if (kind === 'unix') return createLocalTarget(path);
    if (kind === 'udp') return createDatagramTarget({ host, port });
    return createStreamTarget({ host, port, tls: kind === 'tls' ? { ca: plan.ca } : null });
  }
}

function syslogFormat(context: OutputContext, maxBytes: number, hostname: string): SyslogFormat {
  return { facility: facilityCode(context.facility) ?? 3, appName: context.appName, hostname, maxBytes };
}

function assemble(name: string, render: Output['render'], open: OpenLink, context: OutputContext): Output {
  const sink = createSink({
    open,
    failed: (error) => context.failed(name, error),
    lost: (count) => context.lost(name, count),
    tuning: context.tuning,
  });
  return { name, render, sink, reopen() {}, close: () => sink.close() };
}
