import type { Endpoint } from '../contract/endpoint.ts';
import type { AccessPlan, LimitsPlan } from '../contract/plan.ts';
import type { RefusalReason } from '../contract/session.ts';
import type { Access } from './access.ts';
import type { BanList } from './ban-list.ts';
import { sourceOf } from '../wire/source.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Says who comes in. Knows no protocol; counts what it let in until that is released. */
export interface Admission {
  /** null: come in (and `release` later). Answers at once unless access has rules by name. */
  admit(peer: Endpoint): RefusalReason | null | Promise<RefusalReason | null>;
  release(peer: Endpoint): void;
  /** For datagrams, which nothing has to be released for. */
  admitDatagram(peer: Endpoint): RefusalReason | null | Promise<RefusalReason | null>;
}

export interface AdmissionOptions {
  readonly access: Access;
  readonly bans: Pick<BanList, 'has'>;
  /** Who is not refused although its source is banned; null: nobody. */
  readonly neverBan: Access | null;
  /** Bans whoever comes; null: this is no trap. */
  readonly sensor: ((peer: Endpoint) => void) | null;
  readonly hours: AccessPlan['hours'];
  readonly limits: Pick<LimitsPlan, 'connections' | 'perSource' | 'rate' | 'ratePerSource' | 'pause'>;
  /** Milliseconds of a clock that never goes back; tests give their own. */
  readonly now?: () => number;
  /** Local time, for `hours`. */
  readonly date?: () => Date;
}

// Sources remembered for their rate; past it the ones that were quiet longest are forgotten.
const maxSources = 10_000;

export function createAdmission(options: AdmissionOptions): Admission {
  const { access, bans, hours, limits, neverBan, sensor } = options;
  const now = options.now ?? (() => performance.now());
  const date = options.date ?? (() => new Date());
  const active = new Map<string, number>();
  const rate = createRate(limits, now);
  let total = 0;

  const refuse = (peer: Endpoint, isDatagram: boolean): RefusalReason | null => {
    if (!isDatagram) {
      if (total >= limits.connections) return 'connections';
      if (limits.perSource !== null && (active.get(sourceOf(peer.address)) ?? 0) >= limits.perSource)
        return 'per_source';
    }
    return rate.allows(peer) ? null : 'rate';
  };
  const decide = (peer: Endpoint, isDatagram: boolean): RefusalReason | null | Promise<RefusalReason | null> => {
    if (bans.has(peer.address)) return decideBanned(peer, isDatagram);
    if (sensor !== null && !isDatagram) {
      sensor(peer);
      return 'ban';
    }
    return decideAllowed(peer, isDatagram);
  };
  // The source may be a network with a host in it that is never banned.
  const decideBanned = (peer: Endpoint, isDatagram: boolean): RefusalReason | null | Promise<RefusalReason | null> => {
    const isExempt = neverBan?.allows(peer.address) ?? false;
    if (typeof isExempt === 'boolean') return isExempt ? decideAllowed(peer, isDatagram) : 'ban';
    return isExempt.then((exempt) => (exempt ? decideAllowed(peer, isDatagram) : 'ban'));
  };
  const decideAllowed = (peer: Endpoint, isDatagram: boolean): RefusalReason | null | Promise<RefusalReason | null> => {
    if (hours.length > 0 && !isWithin(hours, date())) return 'hours';
    const allowed = access.allows(peer.address);
    if (allowed === true) return finish(peer, isDatagram);
    if (allowed === false) return 'access';
    return allowed.then((isAllowed) => (isAllowed ? finish(peer, isDatagram) : 'access'));
  };
  const finish = (peer: Endpoint, isDatagram: boolean): RefusalReason | null => {
    const reason = refuse(peer, isDatagram);
    if (reason === null && !isDatagram) count(peer, 1);
    return reason;
  };
  const count = (peer: Endpoint, change: 1 | -1): void => {
    total += change;
    if (limits.perSource === null) return;
    const source = sourceOf(peer.address);
    const left = (active.get(source) ?? 0) + change;
    if (left > 0) active.set(source, left);
    else active.delete(source);
  };

  return {
    admit: (peer) => decide(peer, false),
    release: (peer) => count(peer, -1),
    admitDatagram: (peer) => decide(peer, true),
  };
}

/** The rate of the whole service and of each source; who is over it is refused for `pause`, then starts afresh. */
function createRate(limits: AdmissionOptions['limits'], now: () => number): { allows(peer: Endpoint): boolean } {
  const { rate, ratePerSource, pause } = limits;
  if (rate === null && ratePerSource === null) return { allows: () => true };
  const whole = rate === null ? null : createGate(() => createTokenBucket(rate, now()), pause);
  const sources = new Map<string, Gate>();
  const gateOf = (source: string): Gate | null => {
    if (ratePerSource === null) return null;
    const gate = sources.get(source) ?? createGate(() => createTokenBucket(ratePerSource, now()), pause);
    // Taken out and put back: the map's order is then that of the last visit.
    sources.delete(source);
    sources.set(source, gate);
    if (sources.size > maxSources) sources.delete(sources.keys().next().value as string);
    return gate;
  };
  return {
    allows(peer) {
      const at = now();
      const gate = gateOf(sourceOf(peer.address));
      if (gate !== null && !gate.passes(at)) return false;
      return whole === null || whole.passes(at);
    },
  };
}

interface Gate {
  passes(at: number): boolean;
}

function createGate(newBucket: () => TokenBucket, pauseMs: number): Gate {
  let bucket = newBucket();
  let closedUntil = -Infinity;
  return {
    passes(at) {
      if (at < closedUntil) return false;
      if (bucket.take(at)) return true;
      closedUntil = at + pauseMs;
      bucket = newBucket();
      return false;
    },
  };
}

/** Whether the local time lies in one of the intervals of minutes; one that ends before it begins crosses midnight. */
export function isWithin(hours: AccessPlan['hours'], date: Date): boolean {
  const minute = date.getHours() * 60 + date.getMinutes();
  return hours.some(([from, to]) => (from <= to ? minute >= from && minute < to : minute >= from || minute < to));
}
