import type { Challenge } from '../contract/registry.ts';

/** The proofs that authorities are to be shown now. */
export interface Challenges {
  readonly all: readonly Challenge[];
  set(challenges: readonly Challenge[]): void;
  /** What is expected at /.well-known/acme-challenge/TOKEN; null: no such token. */
  answer(token: string): string | null;
}

export function createChallenges(initial: readonly Challenge[]): Challenges {
  let all = initial;
  return {
    get all() {
      return all;
    },
    set: (challenges) => void (all = challenges),
    answer(token) {
      const challenge = all.find((each) => each.kind === 'http-01' && each.token === token);
      return challenge?.kind === 'http-01' ? challenge.keyAuthorization : null;
    },
  };
}
