import type { Fault } from '../fault.ts';
import { restart } from './restart.ts';

/** TERM while peers are there: they end in their time. Who comes after it waits until it has started again. */
export const stop: Fault = {
  name: 'TERM, drain, start',
  mayPutOff: true,
  async inject(chaos) {
    chaos.injected();
    await restart(chaos);
  },
};
