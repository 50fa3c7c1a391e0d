/** So much of something for many together. */
export interface Budget {
  /** Negative: it is given back. */
  add(amount: number): void;
  isSpent(): boolean;
}

export function createBudget(limit: number): Budget {
  let used = 0;
  return { add: (amount) => void (used += amount), isSpent: () => used > limit };
}
