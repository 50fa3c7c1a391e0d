import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import type { DevLog } from './devlog.ts';

/**
 * The log socket through a long-lived logger(1) of util-linux. It writes date and tag itself, so those of an RFC 3164 message
 * are taken off, and the tag becomes an argument. Messages with another tag than the first keep theirs in the text.
 */
export function openLoggerLog(path: string): DevLog {
  let logger: ChildProcess | null = null;
  let retryAt = 0;
  let tag: string | undefined;
  return {
    send(bytes) {
      const message = takeApart(Buffer.from(bytes).toString());
      if (logger === null && performance.now() < retryAt) return 'down';
      tag ??= message.tag;
      logger ??= start(tag);
      const input = logger.stdin!;
      if (input.writableLength + bytes.length > maxQueuedBytes) return 'full';
      const text = message.tag === tag ? message.text : `${message.tag}: ${message.text}`;
      // Without a priority logger(1) would use that of the line before.
      input.write(`<${message.priority}>${text}\n`);
      return 'sent';
    },
    close() {
      logger?.stdin?.end();
      logger = null;
    },
  };

  function start(name: string): ChildProcess {
    const started = spawn('logger', ['--socket', path, '--prio-prefix', `--id=${process.pid}`, '--tag', name], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const gone = (): void => {
      retryAt = performance.now() + retryMs;
      if (logger === started) logger = null;
    };
    started.on('error', gone);
    started.on('exit', gone);
    started.stdin.on('error', gone);
    started.unref();
    return started;
  }
}

const maxQueuedBytes = 1024 * 1024;
const retryMs = 1_000;

/** "<30>Jan  2 03:04:05 portico[12]: text", its parts; what has another shape is text as a whole. Always one line. */
export function takeApart(message: string): { priority: number; tag: string; text: string } {
  const line = message.replaceAll(/[\r\n]+/g, ' ').trimEnd();
  const [, priority, tag, text] = shape.exec(line) ?? [];
  if (priority !== undefined && tag !== undefined && text !== undefined)
    return { priority: Number(priority), tag, text };
  const [, first = '13', rest = line] = /^<(\d{1,3})>(.*)$/.exec(line) ?? [];
  return { priority: Number(first), tag: 'portico', text: rest };
}

const shape =
  /^<(\d{1,3})>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^\s:[\]]+ )?([A-Za-z0-9][^\s:[\]]{0,63})(?:\[\d{1,10}\])?: (.*)$/;
