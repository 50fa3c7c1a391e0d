import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { sendMails } from '../load/mails.ts';
import type { OpenPart } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import type { Subject } from '../subject.ts';
import type { Round } from '../table.ts';
import { openReceiver } from './receiver.ts';

const mailBytes = 1_024;
const watchedMs = 15_000;

/** What others have is no queue of this kind, so Portico is alone here. */
export const openCourier: OpenPart = async ({ settings: { items } }) => {
  const receiver = await openReceiver();
  let filled: { folder: string; emptyBytes: number } | null = null;
  return {
    present: [portico(receiver.url)],
    absent: [],
    close: receiver.close,
    cases: [
      {
        name: 'courier',
        title: `Courier: from the start of a daemon with ${items} mails in its queue to the first delivery, by webhook (less is better)`,
        unit: 'ms',
        service: 'smtp',
        measureStopped: measure,
      },
    ],
  };

  async function measure(start: () => Promise<RunningSubject>): Promise<Round> {
    filled ??= await fill(start);
    restore(filled.folder);
    const arrivals = receiver.answer();
    const begun = performance.now();
    const started = await start();
    try {
      await arrivals.reach(1);
      const value = arrivals.firstAt() - begun;
      const peak = await watchMemory(started, arrivals.reach(items));
      const rate = (arrivals.count() / (performance.now() - arrivals.firstAt())) * 1000;
      const memory = `${toMegabytes(peak)} MB in all processes at most, ${toMegabytes(filled.emptyBytes)} with an empty queue`;
      const accepted = `it accepted after ${Math.round(started.startMs)} ms`;
      return { value, cpuMicroseconds: null, note: `${accepted}; ${memory}; ${Math.round(rate)} deliveries/s` };
    } finally {
      await started.stop();
    }
  }

  /** The receiver takes the first ones, and says nothing: all stay in the queue, and are due. */
  async function fill(start: () => Promise<RunningSubject>): Promise<{ folder: string; emptyBytes: number }> {
    receiver.hang();
    const started = await start();
    try {
      await delay(1_000);
      const emptyBytes = started.memoryBytes();
      await sendMails(started.port('smtp'), items, mailBytes);
      await started.stop();
      copy(join(started.folder, 'var'), join(started.folder, 'filled'));
      return { folder: started.folder, emptyBytes };
    } finally {
      await started.stop();
    }
  }
};

function restore(folder: string): void {
  fs.rmSync(join(folder, 'var'), { recursive: true, force: true });
  copy(join(folder, 'filled'), join(folder, 'var'));
}

/** With owners, which Node.js cannot. */
function copy(from: string, to: string): void {
  const copied = spawnSync('cp', ['-a', from, to]);
  if (copied.status !== 0) throw new Error(`cp: ${copied.stderr.toString()}`);
}

/** The most memory until all has come, or for so long. */
async function watchMemory({ memoryBytes }: RunningSubject, all: Promise<void>): Promise<number> {
  const end = performance.now() + watchedMs;
  let peak = 0;
  let isOver = false;
  const over = all.finally(() => (isOver = true));
  over.catch(() => {});
  while (!isOver && performance.now() < end) {
    peak = Math.max(peak, memoryBytes());
    await Promise.race([delay(200), over]);
  }
  return peak;
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function portico(url: string): Subject {
  return porticoSubject(
    'portico',
    ['smtp'],
    (port) => `
${porticoHead()}
deliveries:
  hook: { type: webhook, url: "${url}", timeout: 1h }
services:
  smtp:
    listen: tcp://127.0.0.1:${port('smtp')}
    recipients: ["*@bench.example"]
    max_messages: 1000000
    deliver: [hook]
`,
  );
}
