import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Fault } from '../fault.ts';

const limitMs = 20_000;
const quietMs = 500;
let rotations = 0;

/** The file gets another name, USR1 has it opened anew: all goes on in the new one, and every line is whole. */
export const rotateLogs: Fault = {
  name: 'log rotation',
  async inject({ subject, injected, broken }) {
    const path = join(subject.folder, 'log/portico.log');
    const old = `${path}.${(rotations += 1)}`;
    fs.renameSync(path, old);
    injected();
    subject.signal('SIGUSR1');
    const end = performance.now() + limitMs;
    let size = -1;
    while (size !== fs.statSync(old).size || !fs.existsSync(path)) {
      if (performance.now() > end) return broken('the log that was put aside is still written to');
      size = fs.statSync(old).size;
      await delay(quietMs);
    }
    for (const line of fs.readFileSync(old, 'utf8').trimEnd().split('\n')) {
      if (!isJson(line)) return broken(`a torn line in the log: ${line.slice(0, 100)}`);
    }
    fs.rmSync(old);
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
