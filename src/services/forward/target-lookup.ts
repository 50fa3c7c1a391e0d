import { lookup, type LookupAddress } from 'node:dns';

export type Found = (error: Error | null, found: LookupAddress | null) => void;

/** Where a name leads. Returns the function that gives the question up; `found` is not called in the same turn. */
export type TargetLookup = (found: Found) => () => void;

export type Resolve = (host: string, done: (error: Error | null, address: string, family: number) => void) => void;

/**
 * Asks the resolver once at a time, however many want to know: it has four threads for the whole process and a queue
 * without an end, and each datagram with another made-up address would stand in it.
 */
export function createTargetLookup(host: string, resolve: Resolve = lookup): TargetLookup {
  const waiting = new Set<Found>();
  let isAsking = false;

  const answer = (error: Error | null, found: LookupAddress | null): void => {
    isAsking = false;
    const all = [...waiting];
    waiting.clear();
    for (const tell of all) tell(error, found);
  };
  return (found) => {
    waiting.add(found);
    if (!isAsking) {
      isAsking = true;
      resolve(host, (error, address, family) => answer(error, error === null ? { address, family } : null));
    }
    return () => waiting.delete(found);
  };
}
