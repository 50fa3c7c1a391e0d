import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import type { Exit, LogFields, ServiceContext } from '../../src/contract/index.ts';
import { openTree } from '../../src/files/open-tree.ts';
import { createRoots } from '../../src/files/roots.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import { createCounters } from '../../src/logging/counters.ts';
import { createDisk } from '../../src/system/disk.ts';
import { ownName } from '../../src/system/own-name.ts';
import { spawnProgram } from '../../src/system/spawn.ts';
import { importModule } from '../../src/worker/load-module.ts';
import { createFakeBuses } from './fake-bus.ts';
import { createFakeLogger, type LogLine } from './fake-session.ts';

export interface FakeContext extends ServiceContext {
  readonly logs: LogLine[];
  /** What the service has taken in without a session. */
  readonly items: LogFields[];
  /** Bytes of datagrams over ports of its own. */
  readonly datagramBytes: { in: number; out: number };
  /** The first line that matches, or will. */
  logged(pattern: RegExp): Promise<LogLine>;
  /** What a worker does before it ends with the whole daemon. */
  drain(): void;
  /** Resolves when all programs have ended and their ends are known to who waits for them. */
  programsEnded(): Promise<void>;
}

/** What a worker gives a service: programs are real, the bus and the log are this process's. */
export function createFakeContext(context: Partial<ServiceContext> = {}): FakeContext {
  const draining = new AbortController();
  const stopping = new AbortController();
  const written = new EventEmitter();
  const logs: LogLine[] = [];
  logs.push = (...lines) => {
    const length = Array.prototype.push.apply(logs, lines);
    written.emit('line');
    return length;
  };
  const exits: Promise<Exit>[] = [];
  let folder: string | undefined;
  const roots = createRoots({ floor: 0 });
  const items: LogFields[] = [];
  const datagramBytes = { in: 0, out: 0 };
  const whole: FakeContext = {
    name: 'test',
    log: createFakeLogger(logs),
    bus: createFakeBuses(1)[0]!,
    desk: { begin: () => Promise.reject(new Error('the test has no desk')) },
    deliver: [],
    get folder() {
      return (folder ??= temporaryFolder());
    },
    disk: createDisk({ floor: 0 }),
    user: ownName(),
    findMailboxes: async (addresses) => addresses.map(() => null),
    mailbox() {
      throw new Error('the test has no mailboxes');
    },
    draining: draining.signal,
    stopping: stopping.signal,
    acmeAnswer: () => null,
    metrics: createCounters(),
    received: (item) => void items.push(item),
    countDatagram: (direction, bytes) => void (datagramBytes[direction] += bytes),
    sendFile: (session, part) => (session as LiveSession).sendFile(part),
    openDataPort: (session, ports) => (session as LiveSession).data.openPort(ports),
    connectData: (session, port, timeoutMs) => (session as LiveSession).data.connect(port, timeoutMs),
    openTree(session, options) {
      const { desk, deliver, name: service } = whole;
      return openTree({ session, desk, deliver, service, roots }, options);
    },
    spawn(command) {
      const child = spawnProgram(command);
      exits.push(child.exited);
      return child;
    },
    loadModule: importModule,
    ...context,
    logs,
    items,
    datagramBytes,
    async logged(pattern) {
      for (;;) {
        const line = logs.find(({ message }) => pattern.test(message));
        if (line !== undefined) return line;
        await once(written, 'line');
      }
    },
    drain() {
      draining.abort();
      stopping.abort();
    },
    async programsEnded() {
      await Promise.all(exits);
      await turn();
    },
  };
  return whole;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-service-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
