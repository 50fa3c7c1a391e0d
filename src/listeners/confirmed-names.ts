import dns from 'node:dns/promises';

import type { ConfirmedNames } from './access.ts';

// A resolver that hangs must not hold connections for longer than a person would wait.
const timeoutMs = 3_000;
const lifeMs = 300_000;
// A resolver that is down for a moment must not keep a peer out, or let one in, for longer.
const failureLifeMs = 5_000;
const maxKnown = 4096;
const maxNames = 8;

/** The two lookups this needs, as `node:dns/promises` has them. */
export interface NameResolver {
  reverse(address: string): Promise<string[]>;
  lookup(name: string, options: { all: true }): Promise<{ address: string }[]>;
}

/** Forward-confirmed reverse lookup with a bounded cache; an address whose lookup fails has no names. */
export function createConfirmedNames(resolver: NameResolver = dns): ConfirmedNames {
  const known = new Map<string, { readonly names: Promise<readonly string[]>; readonly until: number }>();
  return (address) => {
    const now = performance.now();
    const before = known.get(address);
    if (before !== undefined && before.until > now) return before.names;
    if (known.size >= maxKnown) known.clear();
    const answer = withTimeout(confirm(address, resolver));
    const names = answer.then((found) => found ?? []);
    known.set(address, { names, until: now + lifeMs });
    void answer.then((found) => {
      if (found === null) known.set(address, { names, until: performance.now() + failureLifeMs });
    });
    return names;
  };
}

async function confirm(address: string, resolver: NameResolver): Promise<readonly string[]> {
  const names = (await resolver.reverse(address)).slice(0, maxNames);
  const confirmed: string[] = [];
  for (const name of names) {
    const addresses = await resolver.lookup(name, { all: true }).catch(() => []);
    if (addresses.some((entry) => entry.address === address)) confirmed.push(name.toLowerCase().replace(/\.$/, ''));
  }
  return confirmed;
}

/** null: no answer within the time, or an error. That an address has no name is an answer. */
async function withTimeout(names: Promise<readonly string[]>): Promise<readonly string[] | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, timeoutMs, null);
  try {
    return await Promise.race([names, promise]);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? [] : null;
  } finally {
    clearTimeout(timer);
  }
}
