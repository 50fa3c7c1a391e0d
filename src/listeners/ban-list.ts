import type { Ban } from '../contract/ban.ts';
import { sourceOf } from '../wire/source.ts';

/** The bans in force, as the registry last told them. It tells of each that ends, so nothing here looks at a clock. */
export interface BanList {
  set(bans: readonly Ban[]): void;
  has(address: string): boolean;
}

export function createBanList(bans: readonly Ban[] = []): BanList {
  let sources = new Set(bans.map((ban) => ban.source));
  return {
    set(next) {
      sources = new Set(next.map((ban) => ban.source));
    },
    // Asked for every connection; mostly nobody is banned.
    has: (address) => sources.size > 0 && sources.has(sourceOf(address)),
  };
}
