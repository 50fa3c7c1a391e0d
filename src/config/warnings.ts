import type { Plan } from '../contract/plan.ts';
import { findClosedState } from './closed-state.ts';
import { findDeadEnds } from './dead-ends.ts';
import { findHandedOut } from './handed-out.ts';
import { findOpenRelays } from './open-relays.ts';

/** What is no mistake, and mostly not meant either, one sentence each: `portico check` warns of it, and the daemon logs it once it is in effect. */
export function findWarnings(plan: Plan): readonly string[] {
  return [...findClosedState(plan), ...findOpenRelays(plan), ...findHandedOut(plan), ...findDeadEnds(plan)];
}
