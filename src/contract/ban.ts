/** A source that every service refuses for a while. */
export interface Ban {
  /** An IPv4 address, or an IPv6 network of 64 bits: "192.0.2.1", "2001:db8:0:1::/64". */
  readonly source: string;
  /** Milliseconds since 1970; null: until it is removed. */
  readonly until: number | null;
  /** "auth_failures", "sensor" or "manual". */
  readonly reason: 'auth_failures' | 'sensor' | 'manual';
  /** The service where it came about; null for a manual one. */
  readonly service: string | null;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * A ban from the future was made before the clock went back: from now on it lasts as long as it was meant to, or else
 * a clock that was a year ahead for a moment would ban for a year.
 */
export function settleBan(ban: Ban, now: number): Ban {
  if (ban.since <= now) return ban;
  return { ...ban, since: now, until: ban.until === null ? null : now + Math.max(0, ban.until - ban.since) };
}
