/** Asks a worker again and again whether it is there, and tells when it has been silent for too long. */
export interface Pulse {
  /** The worker has answered a ping. */
  heard(): void;
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

export function createPulse({ ping, silent }: PulseOptions): Pulse {
  let missed = 0;
  const timer = setInterval(() => {
    if (missed >= maxMissedPings) {
      clearInterval(timer);
      return silent();
    }
    missed += 1;
    ping();
  }, pingMs);
  return {
    heard() {
      missed = 0;
    },
    end: () => clearInterval(timer),
  };
}
