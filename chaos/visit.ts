import { setTimeout as delay } from 'node:timers/promises';

import { dial, type Connection } from './connection.ts';
import type { Gate } from './gate.ts';
import { remark, type Chapter, type Ledger } from './ledger.ts';
import { PutOff, Refused, Wrong } from './outcome.ts';
import type { Ports } from './ports.ts';
import type { Random } from './random.ts';

/** What a visit of a peer gets. */
export interface Visit {
  readonly ports: Ports;
  readonly folder: string;
  readonly random: Random;
  readonly ledger: Ledger;
  /** Whether a visit that could go on for long should. */
  readonly goesOn: boolean;
  dial(port: number, tls?: boolean): Promise<Connection>;
  /** A session that is no connection of ours: call what is returned when it has its first answer. */
  begin(): () => void;
  acknowledged(id: string): void;
}

/** Visits of one kind. */
export interface Traffic {
  readonly name: string;
  /** The services whose sessions it has, the first being the one it visits. */
  readonly services: readonly string[];
  /** Peers at once; otherwise 2. */
  readonly peers?: number;
  /** Why there is none of it here. */
  readonly missing?: () => string | null;
  readonly visit: (visit: Visit) => Promise<void>;
}

export interface VisitorsOptions {
  readonly traffic: readonly Traffic[];
  readonly ports: Ports;
  readonly folder: string;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly gate: Gate;
}

export interface Visitors {
  /** How many visits have ended well, by the name of the traffic. */
  readonly done: ReadonlyMap<string, number>;
  /** The longest pause between two visits of a peer. */
  pauseMs: number;
  /** Visits that last ask for an end now and then: when a fault is over. */
  turn(): void;
  stop(): Promise<void>;
}

export function createVisitors(options: VisitorsOptions): Visitors {
  const { traffic, ports, folder, random, ledger, gate } = options;
  const done = new Map<string, number>(traffic.map(({ name }) => [name, 0]));
  let isOver = false;
  let turns = 0;
  const visitors = { done, pauseMs: 200, turn: () => void (turns += 1), stop };

  async function come(kind: Traffic): Promise<void> {
    while (!isOver) {
      await gate.enter();
      const leave = gate.visiting();
      const openings: (() => void)[] = [];
      const turn = turns;
      const began = ledger.now;
      const begin = (): (() => void) => {
        const answered = gate.opening();
        openings.push(answered);
        return answered;
      };
      const visit: Visit = {
        ports,
        folder,
        random,
        ledger,
        get goesOn() {
          return gate.isOpen && turn === turns && !isOver;
        },
        dial(port, tls = false) {
          const answered = begin();
          return dial({ port, tls, answered, connected: () => void (ledger.now.sessions += 1) });
        },
        begin() {
          ledger.now.sessions += 1;
          return begin();
        },
        acknowledged: (id) => void ledger.now.acknowledged.push(id),
      };
      try {
        await kind.visit(visit);
        done.set(kind.name, (done.get(kind.name) ?? 0) + 1);
      } catch (error) {
        note(kind.name, error as Error, began);
      } finally {
        for (const answered of openings) answered();
        leave();
      }
      if (visitors.pauseMs > 0) await delay(random.below(visitors.pauseMs));
    }
  }

  function note(name: string, error: Error, began: Chapter): void {
    const chapter = ledger.now;
    const text = `${name}: ${error.message}`;
    if (error instanceof Refused) {
      chapter.refused += 1;
      remark(chapter.broken, `a connection was refused: ${text}`);
    } else if (error instanceof PutOff) {
      chapter.putOff += 1;
      remark(chapter.notes, `put off: ${text}`);
    } else if (error instanceof Wrong) {
      remark(chapter.broken, text);
    } else {
      const { lost, notes } = ledger.losingSince(began, name);
      lost.set(name, (lost.get(name) ?? 0) + 1);
      remark(notes, `lost: ${text}`);
    }
  }

  const loops = traffic.flatMap((kind) => Array.from({ length: kind.peers ?? 2 }, () => come(kind)));

  async function stop(): Promise<void> {
    isOver = true;
    gate.open();
    await Promise.all(loops);
  }
  return visitors;
}
