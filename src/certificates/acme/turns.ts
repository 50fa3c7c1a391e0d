export interface Turns {
  /** Runs it when all that were given before have ended, well or not. */
  take<T>(action: () => Promise<T>): Promise<T>;
}

/** One after the other. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take(action) {
      const turn = last.then(action, action);
      last = turn;
      return turn;
    },
  };
}
