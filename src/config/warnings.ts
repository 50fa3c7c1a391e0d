import type { Plan } from '../contract/plan.ts';
import { findDeadEnds } from './dead-ends.ts';
import { findOpenRelays } from './open-relays.ts';

/** What is no mistake, and mostly not meant either: one sentence each. */
export function findWarnings(plan: Plan): readonly string[] {
  return [...findOpenRelays(plan), ...findDeadEnds(plan)];
}
