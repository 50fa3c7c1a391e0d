import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Fault } from '../fault.ts';
import { restart } from './restart.ts';

const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'].map(
  (folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`,
);
const library = process.env['FAKETIME_LIBRARY'] ?? libraries.find((path) => fs.existsSync(path));
const steps = ['+1h', '-1h', '+2d', '+0'];
const stepMs = 1_500;

/** The clock is set, ahead and back, by way of libfaketime: the machine's own is not touched. */
export const clock: Fault = {
  name: 'clock step',
  isOnce: true,
  // By the restarts before and after it.
  mayPutOff: true,
  missing: () => (library === undefined ? 'faketime is not installed' : null),
  async inject(chaos) {
    const file = join(chaos.subject.folder, 'clock');
    const set = (step: string): void => fs.writeFileSync(file, `${step}\n`);
    set('+0');
    const env = {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    await restart(chaos, { env });
    for (const step of steps) {
      set(step);
      chaos.injected();
      await delay(stepMs);
    }
    await restart(chaos);
  },
};
