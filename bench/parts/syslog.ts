import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import { line, sendLines } from '../load/lines.ts';
import type { Case, OpenPart } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import type { Subject } from '../subject.ts';
import type { Round } from '../table.ts';

const patienceMs = 30_000;
const firstCount = 20_000;

/** From the first byte that is sent until the last message is in the file. */
export const openSyslog: OpenPart = ({ settings }) => {
  const { present, absent, add } = createRoster();
  present.push(portico(1), portico(2));
  add(rsyslog, 'rsyslogd');
  // Messages a second that a subject took the last time.
  const rates = new Map<string, number>();
  const cases = [1, 16].map((connections): Case => ({
    name: `syslog-${connections}`,
    title: `syslog: messages of ${line.length} bytes over TCP into a file, ${connections === 1 ? '1 connection' : `${connections} connections`}`,
    unit: '/s',
    service: 'syslog',
    measure: (running) => measure(running, connections, `${running.subject.name} ${connections}`),
  }));
  return { present, absent, cases };

  async function measure(running: RunningSubject, connections: number, key: string): Promise<Round> {
    const rate = rates.get(key) ?? (await send(running, connections, Math.round(firstCount / connections)));
    const each = Math.max(1_000, Math.round((rate * settings.seconds) / connections));
    const before = running.cpuSeconds();
    const value = await send(running, connections, each);
    rates.set(key, value);
    await delay(50);
    const cpuMicroseconds = ((running.cpuSeconds() - before) / (each * connections)) * 1e6;
    return { value, cpuMicroseconds, note: '' };
  }
};

async function send({ folder, port }: RunningSubject, connections: number, each: number): Promise<number> {
  const file = join(folder, 'out/messages.log');
  const count = connections * each;
  const wanted = sizeOf(file) + count * line.length;
  const begun = performance.now();
  await sendLines(port('syslog'), connections, each);
  while (sizeOf(file) < wanted) {
    if (performance.now() - begun > patienceMs)
      throw new Error(`${wanted - sizeOf(file)} bytes are missing in the file`);
    await delay(1);
  }
  return (count / (performance.now() - begun)) * 1000;
}

function sizeOf(path: string): number {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function makeFolder(folder: string): void {
  fs.mkdirSync(join(folder, 'out'), { recursive: true });
  fs.chmodSync(join(folder, 'out'), 0o777);
}

function portico(workers: number): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    ['syslog'],
    (port) => `
${porticoHead(workers)}
services:
  syslog: { listen: "tcp://127.0.0.1:${port('syslog')}", file: { path: ./out/messages.log, format: raw } }
`,
    { prepare: makeFolder },
  );
}

/** imtcp to omfile, the message as it came. */
function rsyslog(program: string): Subject {
  return {
    name: 'rsyslogd',
    services: ['syslog'],
    sources: 1,
    command: (_port, folder) => [program, '-n', '-i', join(folder, 'pid'), '-f', join(folder, 'rsyslog.conf')],
    files: (port, folder) => ({
      'rsyslog.conf': `global(workDirectory="${folder}")
module(load="imtcp")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="bench") { action(type="omfile" file="${folder}/out/messages.log" template="raw") }
input(type="imtcp" address="127.0.0.1" port="${port('syslog')}" ruleset="bench")
`,
    }),
    prepare: makeFolder,
  };
}
