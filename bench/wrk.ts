import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { runProgram } from './generator.ts';
import type { RunningSubject } from './running-subject.ts';
import type { Round } from './table.ts';

export interface WrkLoad {
  readonly service: string;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** A body makes it a POST. */
  readonly body?: string;
  readonly isClosing?: boolean;
  /** What a request is worth in the figures: 1, or its size in MB. */
  readonly scale?: number;
}

/** Loads an HTTP server with wrk(1), which knows whole seconds only. */
export async function measureWithWrk({ port, folder, cpuSeconds }: RunningSubject, load: WrkLoad): Promise<Round> {
  const { service, path, connections, body, scale = 1 } = load;
  const script = join(folder, 'load.lua');
  const lines = [
    ...(body === undefined
      ? []
      : ['wrk.method = "POST"', `wrk.body = [[${body}]]`, 'wrk.headers["Content-Type"] = "text/xml"']),
    ...(load.isClosing === true ? ['wrk.headers["Connection"] = "close"'] : []),
  ];
  fs.writeFileSync(script, lines.join('\n'));
  const seconds = Math.max(1, Math.round(load.seconds));
  const url = `http://127.0.0.1:${port(service)}${path}`;
  const before = cpuSeconds();
  const text = await runProgram([
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    url,
  ]);
  await delay(50);
  const used = cpuSeconds() - before;
  const [, requests = 0, took = 0] = (/(\d+) requests in ([\d.]+)s/.exec(text) ?? []).map(Number);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const [, ...broken] = (/connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? []).map(Number);
  const [connect = 0, , , timeout = 0] = broken;
  const errors = refused + connect + timeout;
  if (requests - refused <= 0) throw new Error(`no answer was right (${refused} were not)`);
  return {
    value: ((requests - refused) / took) * scale,
    cpuMicroseconds: (used / requests) * 1e6,
    note: errors > 0 ? `${errors} errors` : '',
  };
}
