export interface AcmeErrorFacts {
  readonly kind?: string | null;
  readonly retryAfterMs?: number | null;
  readonly isTemporary?: boolean;
  readonly cause?: unknown;
}

/** No certificate this time, and why, in words for whoever reads the log. Holds no secrets and no control characters. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError';
  /** What the authority calls it (RFC 8555 6.7): "rateLimited", say; null when it did not tell. */
  readonly kind: string | null;
  /** How long the authority wants to be left alone; null when it did not say. */
  readonly retryAfterMs: number | null;
  /** The network or the authority is in trouble: the same request may do in a moment. */
  readonly isTemporary: boolean;

  constructor(message: string, facts: AcmeErrorFacts = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.kind = facts.kind ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.isTemporary = facts.isTemporary ?? false;
  }
}
