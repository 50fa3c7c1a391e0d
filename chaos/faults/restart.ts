import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Chaos } from '../fault.ts';
import { runs } from '../processes.ts';
import type { StartOptions } from '../subject.ts';

const programMs = 20_000;

/** TERM, and a start. Who comes meanwhile waits: a port that nobody has is refused by the system. */
export async function restart({ subject, gate, broken }: Chaos, options?: StartOptions): Promise<void> {
  gate.close();
  await gate.answered();
  const code = await subject.stop();
  if (code !== 0) broken(`the daemon ended with ${code}`);
  // One with the whole socket, whose worker was killed, is nobody's: it ends when no peer comes for a second, and has the port until then.
  const program = join(subject.folder, 'count.pl');
  const end = performance.now() + programMs;
  while (runs(program) && performance.now() < end) await delay(20);
  await subject.start(options);
  gate.open();
}
