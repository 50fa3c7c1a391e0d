import type { Status } from '../contract/control.ts';
import type { Plan } from '../contract/plan.ts';

/** error: something does not work, or will not; warning: it works, and should be mended; note: worth knowing. */
export type FindingSeverity = 'error' | 'warning' | 'note';

/** What was found, and what to do. */
export interface Finding {
  readonly severity: FindingSeverity;
  /** The part that was looked at: "ports", "certificates". */
  readonly check: string;
  /** One sentence. */
  readonly message: string;
  /** What mends it: a command, or what to write into which file; null where there is nothing to do. */
  readonly fix: string | null;
}

/** What the checks look at. */
export interface Patient {
  readonly plan: Plan;
  /** What the running daemon says; null: none runs. */
  readonly status: Status | null;
}

/** A part of the machine or of the configuration that is looked at. Changes nothing. */
export interface Check {
  readonly name: string;
  run(patient: Patient): Promise<readonly Finding[]> | readonly Finding[];
}
