/** Asks a worker again and again whether it is there, and tells when it has been silent for too long. */
export interface Pulse {
  /** The worker has answered a ping. */
  heard(): void;
  /** The worker has loaded its code, and begins: counted once. */
  begun(): void;
  end(): void;
}

export interface PulseOptions {
  ping(): void;
  /** Called once; the pulse has ended then. */
  silent(): void;
}

const pingMs = 2_500;
// Four pings without an answer: ten seconds.
const maxMissedPings = 4;
// One that still loads its code, which a busy machine may take long for.
const maxMissedAtStart = 12;

export function createPulse({ ping, silent }: PulseOptions): Pulse {
  let missed = 0;
  let allowed = maxMissedAtStart;
  const timer = setInterval(() => {
    if (missed >= allowed) {
      clearInterval(timer);
      return silent();
    }
    missed += 1;
    ping();
  }, pingMs);
  return {
    heard() {
      missed = 0;
      allowed = maxMissedPings;
    },
    begun() {
      if (allowed === maxMissedPings) return;
      missed = 0;
      allowed = maxMissedPings;
    },
    end: () => clearInterval(timer),
  };
}
