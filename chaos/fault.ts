import type { Ledger } from './ledger.ts';
import type { Gate } from './gate.ts';
import type { Ports } from './ports.ts';
import type { Random } from './random.ts';
import type { Subject } from './subject.ts';
import type { Visitors } from './visit.ts';

/** Something that goes wrong, or is done to the daemon while peers are there. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be injected here; null: it can. */
  readonly missing?: (chaos: Chaos) => string | null;
  /** Each time something is done to the daemon, it counts: `chaos.injected()`. */
  readonly inject: (chaos: Chaos) => Promise<void>;
  /** Done once, however much time there is: what is done again and again has longer and longer pauses. */
  readonly isOnce?: boolean;
  /** Whether sessions of a service may be lost by it: those of a worker that is killed. Otherwise none may. */
  readonly mayCost?: (service: string, chaos: Chaos) => boolean;
  /** Whether services may ask peers to come again later. Otherwise none may. */
  readonly mayPutOff?: boolean;
  /** The share of the whole time; otherwise 1. */
  readonly share?: number;
}

export interface Chaos {
  readonly subject: Subject;
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly visitors: Visitors;
  readonly ports: Ports;
  readonly random: Random;
  readonly isRoot: boolean;
  /** Whether the daemon's state is on a small disk of its own. */
  readonly hasSmallDisk: boolean;
  /** How long this fault may take, in all. */
  readonly sliceMs: number;
  injected(): void;
  /** A promise of the daemon's that was not kept. */
  broken(text: string): void;
  note(text: string): void;
  /** The configuration, different from the one before. */
  nextEdition(): string;
  /** The one in force. */
  edition(): string;
  /** The pool that serves a service. */
  poolOf(service: string): string;
}
