import type { Chaos } from '../fault.ts';
import type { StartOptions } from '../subject.ts';

/** TERM, and a start. Who comes meanwhile waits: a port that nobody has is refused by the system. */
export async function restart({ subject, gate, broken }: Chaos, options?: StartOptions): Promise<void> {
  gate.close();
  await gate.answered();
  const code = await subject.stop();
  if (code !== 0) broken(`the daemon ended with ${code}`);
  await subject.start(options);
  gate.open();
}
