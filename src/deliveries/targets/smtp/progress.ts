import { Fault } from './fault.ts';
import type { Sent } from './session.ts';

/**
 * Which recipients a mail has reached: one that is tried again because of some must not come to the others twice. It is
 * forgotten when the process ends.
 */
export interface Progress {
  of(id: string): MailProgress;
  forget(id: string): void;
}

export interface MailProgress {
  /** Reached, or refused for ever. */
  isSettled(recipient: string): boolean;
  /** What has become of an attempt for these; a Fault is for all of them. */
  note(recipients: readonly string[], outcome: Sent | Fault): void;
  /** Refused for now by the last attempts. */
  readonly waiting: readonly Refusal[];
  readonly refused: readonly Refusal[];
  /** Those that were refused are tried again by the next attempt. */
  forgive(): void;
}

export interface Refusal {
  readonly recipient: string;
  readonly reason: string;
}

const maxMails = 1_000;

export function createProgress(): Progress {
  const mails = new Map<string, MailProgress>();
  return {
    of(id) {
      const known = mails.get(id) ?? createMailProgress();
      const [oldest] = mails.keys();
      if (!mails.has(id) && mails.size >= maxMails && oldest !== undefined) mails.delete(oldest);
      mails.set(id, known);
      return known;
    },
    forget: (id) => void mails.delete(id),
  };
}

function createMailProgress(): MailProgress {
  const reached = new Set<string>();
  const waiting = new Map<string, string>();
  const refused = new Map<string, string>();
  return {
    isSettled: (recipient) => reached.has(recipient) || refused.has(recipient),
    note(recipients, outcome) {
      for (const recipient of recipients) waiting.delete(recipient);
      if (outcome instanceof Fault) {
        for (const recipient of recipients) (outcome.isPermanent ? refused : waiting).set(recipient, outcome.message);
        return;
      }
      for (const recipient of outcome.accepted) reached.add(recipient);
      for (const { recipient, fault } of outcome.refused)
        (fault.isPermanent ? refused : waiting).set(recipient, fault.message);
    },
    get waiting() {
      return listOf(waiting);
    },
    get refused() {
      return listOf(refused);
    },
    forgive: () => refused.clear(),
  };
}

function listOf(faults: ReadonlyMap<string, string>): Refusal[] {
  return [...faults].map(([recipient, reason]) => ({ recipient, reason }));
}
