import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Fault } from '../fault.ts';

const fullMs = 2_000;
const chunk = Buffer.alloc(1 << 20, 'x');

/** The disk of the state is full for a while. What is acknowledged meanwhile has to be there in the end, like everything. */
export const fullDisk: Fault = {
  name: 'full disk',
  mayPutOff: true,
  missing: ({ hasSmallDisk }) => (hasSmallDisk ? null : 'a small disk needs root'),
  async inject({ subject, ledger, injected, note }) {
    const filler = join(subject.folder, 'var/filler');
    const before = ledger.now.putOff;
    injected();
    try {
      fill(filler);
      await delay(fullMs);
    } finally {
      fs.rmSync(filler, { force: true });
    }
    if (ledger.now.putOff === before) note('nobody was put off while the disk was full');
  },
};

function fill(path: string): void {
  const file = fs.openSync(path, 'w');
  try {
    for (let part = chunk; part.length > 0;) {
      try {
        fs.writeSync(file, part);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        part = part.subarray(part.length >> 1 || part.length);
      }
    }
  } finally {
    fs.closeSync(file);
  }
}
