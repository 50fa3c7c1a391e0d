import { openDatagramLog } from './devlog-datagram.ts';
import { openLoggerLog } from './devlog-logger.ts';
import { isStreamSocket, openStreamLog } from './devlog-stream.ts';
import { libc } from './libc.ts';

export interface DevLog {
  /** One message, RFC 3164 or 5424, without a newline. 'full': the reader does not keep up; 'down': there is none. Never waits. */
  send(bytes: Uint8Array): 'sent' | 'full' | 'down';
  close(): void;
}

/**
 * The machine's own log socket (/dev/log): unix datagrams, or a stream where the log daemon wants that. Connects when
 * there is something to send, again and again when the log daemon has gone. Without node:ffi, which datagrams need,
 * logger(1) carries the messages.
 */
export function openDevLog(path: string): DevLog {
  if (libc === null) return isStreamSocket(path) ? openStreamLog(path) : openLoggerLog(path);
  const datagrams = openDatagramLog(libc, path);
  let streams: DevLog | null = null;
  return {
    send(bytes) {
      if (streams === null) {
        const result = datagrams.send(bytes);
        if (result !== 'stream') return result;
        streams = openStreamLog(path);
      }
      return streams.send(bytes);
    },
    close() {
      datagrams.close();
      streams?.close();
    },
  };
}
