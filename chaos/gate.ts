import { setTimeout as delay } from 'node:timers/promises';

/** Visits begin while it is open. Closing it lets those that have begun go on. */
export interface Gate {
  readonly isOpen: boolean;
  /** Resolves when visits may begin. */
  enter(): Promise<void>;
  open(): void;
  close(): void;
  /** A connection that has no answer yet; call what is returned when it has, or never will. */
  opening(): () => void;
  /** A visit; call what is returned at its end. */
  visiting(): () => void;
  /** Every connection has its first answer: a service that stops listening now refuses none of them. */
  answered(): Promise<void>;
  /** Nobody is visiting. */
  quiet(): Promise<void>;
}

export function createGate(): Gate {
  let opened = Promise.withResolvers<void>();
  let isOpen = false;
  let openings = 0;
  let visits = 0;
  return {
    get isOpen() {
      return isOpen;
    },
    async enter() {
      while (!isOpen) await opened.promise;
    },
    open() {
      isOpen = true;
      opened.resolve();
    },
    close() {
      isOpen = false;
      opened = Promise.withResolvers();
    },
    opening: counted((by) => void (openings += by)),
    visiting: counted((by) => void (visits += by)),
    async answered() {
      while (openings > 0) await delay(5);
    },
    async quiet() {
      while (visits > 0) await delay(5);
    },
  };
}

function counted(add: (by: number) => void): () => () => void {
  return () => {
    add(1);
    let isOver = false;
    return () => {
      if (!isOver) add(-1);
      isOver = true;
    };
  };
}
