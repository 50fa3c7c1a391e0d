import { setTimeout as delay } from 'node:timers/promises';

import type { Chaos, Fault } from '../fault.ts';
import { familyOf, median } from '../processes.ts';

const samples = 7;
const sampleMs = 150;
// A transfer by TFTP has its port for five seconds after its end.
const settleMs = 6_500;
/** How much more there may be at the end than at the beginning. */
const memoryFactor = 1.25;
const memoryBytes = 48 * 1024 ** 2;
const moreDescriptors = 8;
const MB = 1024 ** 2;

interface Figures {
  readonly memoryBytes: number;
  readonly descriptors: number;
  readonly zombies: number;
  readonly processes: number;
}

/** As many sessions as the machine bears, without any fault: what is left of them must not grow. */
export const soak: Fault = {
  name: 'soak',
  isOnce: true,
  share: 4,
  async inject(chaos) {
    const { visitors, sliceMs, injected, broken, note } = chaos;
    injected();
    const pause = visitors.pauseMs;
    visitors.pauseMs = 0;
    // What is made once, code that is compiled and pools that fill up, comes before the beginning.
    await delay(sliceMs / 3);
    const first = await measure(chaos);
    await delay((sliceMs * 2) / 3);
    const last = await measure(chaos);
    visitors.pauseMs = pause;
    note(
      `memory ${mb(first.memoryBytes)} to ${mb(last.memoryBytes)} MB, ` +
        `descriptors ${first.descriptors} to ${last.descriptors}, ` +
        `zombies ${first.zombies} to ${last.zombies}, processes ${first.processes} to ${last.processes}`,
    );
    if (last.memoryBytes > first.memoryBytes * memoryFactor + memoryBytes)
      broken(`memory grew from ${mb(first.memoryBytes)} to ${mb(last.memoryBytes)} MB`);
    if (last.descriptors > first.descriptors + moreDescriptors)
      broken(`descriptors grew from ${first.descriptors} to ${last.descriptors}`);
    if (last.zombies > 0) broken(`${last.zombies} zombies were left`);
  },
};

/** The daemon and all its processes, while nobody is there. */
async function measure({ gate, subject }: Chaos): Promise<Figures> {
  gate.close();
  await gate.quiet();
  await delay(settleMs);
  const taken: Figures[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const family = familyOf(subject.pid);
    const sum = (value: (member: (typeof family)[number]) => number): number =>
      family.reduce((total, member) => total + value(member), 0);
    taken.push({
      memoryBytes: sum((member) => member.memoryBytes),
      descriptors: sum((member) => member.descriptors),
      zombies: sum((member) => Number(member.isZombie)),
      processes: family.length,
    });
    await delay(sampleMs);
  }
  gate.open();
  const middle = (name: keyof Figures): number => median(taken.map((figures) => figures[name]));
  return {
    memoryBytes: middle('memoryBytes'),
    descriptors: middle('descriptors'),
    zombies: middle('zombies'),
    processes: middle('processes'),
  };
}

function mb(bytes: number): number {
  return Math.round(bytes / MB);
}
