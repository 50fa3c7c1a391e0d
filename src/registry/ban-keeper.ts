import type { Json } from '../contract/bus.ts';
import type { Ban } from '../contract/ban.ts';
import type { Bans } from '../accounts/bans.ts';
import { shownSource } from '../accounts/shown-source.ts';
import { formatSource } from '../wire/source.ts';
import type { RegistryHouse } from './registry.ts';

/** Who is banned, and who never is. */
export interface BanKeeper {
  isBanned(address: string): boolean;
  /** A host that is never banned may be in a network that is. */
  isExempt(address: string): Promise<boolean>;
  ban(order: BanOrder): Promise<void>;
  /** An operator's; says what is wrong with it, or true. */
  banByHand(address: string, durationMs: number | null): Promise<Json>;
  /** Whether it was banned. */
  unban(address: string): boolean;
  /** Lifts bans of those that the configuration has made exempt since. */
  pardon(): Promise<void>;
}

export interface BanOrder {
  readonly address: string;
  readonly durationMs: number;
  readonly reason: Ban['reason'];
  readonly service: string;
}

export interface BanKeeperOptions {
  readonly bans: Bans;
  readonly house: Pick<RegistryHouse, 'emit' | 'isNeverBanned'>;
}

// Dates have an end, too.
const longestMs = 36_500 * 86_400_000;

export function createBanKeeper({ bans, house }: BanKeeperOptions): BanKeeper {
  const tell = ({ source, until, reason, service }: Ban): void =>
    house.emit('source.banned', {
      source: formatSource(source),
      reason,
      service: service ?? undefined,
      until: until === null ? undefined : new Date(until).toISOString(),
    });
  return {
    isBanned: (address) => bans.isBanned(address),
    isExempt: (address) => house.isNeverBanned(address),
    async ban({ address, durationMs, reason, service }) {
      if (bans.isBanned(address) || (await house.isNeverBanned(address))) return;
      const ban = bans.add({ address, durationMs, reason, service });
      if (ban !== null) tell(ban);
    },
    async banByHand(address, durationMs) {
      if (await house.isNeverBanned(address.replace(/\/64$/, '')))
        return `${address} is never banned (access.never_ban)`;
      if (durationMs !== null && !(durationMs > 0 && durationMs <= longestMs))
        return 'expected a time of at most 36500 days';
      const ban = bans.add({ address, durationMs, reason: 'manual', service: null });
      if (ban !== null) tell(ban);
      return true;
    },
    unban(address) {
      if (!bans.remove(address)) return false;
      house.emit('source.unbanned', { source: shownSource(address) });
      return true;
    },
    async pardon() {
      for (const { source } of bans.list()) {
        if (await house.isNeverBanned(source.replace(/\/64$/, ''))) bans.remove(source);
      }
    },
  };
}
