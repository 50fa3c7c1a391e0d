import type { Fault } from '../fault.ts';

/** TERM while peers are there: they end in their time. Who comes after it waits until it has started again. */
export const stop: Fault = {
  name: 'TERM, drain, start',
  mayPutOff: true,
  async inject({ subject, gate, injected, broken }) {
    gate.close();
    // A port that nobody has is refused by the system, so nobody may be on the way.
    await gate.answered();
    injected();
    const code = await subject.stop();
    if (code !== 0) broken(`it ended with ${code}`);
    await subject.start();
    gate.open();
  },
};
