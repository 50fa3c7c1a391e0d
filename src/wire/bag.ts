/** What is kept in a bag knows where it stands there; nobody else sets that. */
export interface Kept {
  place: number;
}

/**
 * What comes and goes all the time. Not a Map: there one of V8's tables leads to the next, and a table that has grown old keeps all that
 * came since from the quick garbage collection.
 */
export interface Bag<T extends Kept> {
  readonly size: number;
  add(one: T): void;
  /** Nothing happens where it is not in here. */
  delete(one: T): void;
  /** A copy: who goes through it may add and delete. */
  values(): readonly T[];
  /** `visit` must not add or delete. */
  each(visit: (one: T) => void): void;
}

export function createBag<T extends Kept>(): Bag<T> {
  const all: T[] = [];
  return {
    get size() {
      return all.length;
    },
    add(one) {
      one.place = all.length;
      all.push(one);
    },
    delete(one) {
      if (all[one.place] !== one) return;
      const last = all.pop()!;
      if (last === one) return;
      last.place = one.place;
      all[one.place] = last;
    },
    values: () => [...all],
    each(visit) {
      for (const one of all) visit(one);
    },
  };
}
