import dns from 'node:dns/promises';

// Peers' names for log lines. A name is what the owner of an address says about it, nothing more: no rule trusts it.

export interface PeerNames {
  /** What is known now; when nothing is, a lookup begins, so that a later line has the name. */
  lookup(address: string): string | undefined;
}

export interface PeerNamesOptions {
  readonly reverse?: (address: string) => Promise<readonly string[]>;
  readonly maxKnown?: number;
  /** Lookups at once; addresses past that are asked about when they are seen again. */
  readonly maxPending?: number;
  readonly lifeMs?: number;
  /** How long an address without a name is not asked about again. */
  readonly namelessLifeMs?: number;
  readonly now?: () => number;
}

interface Known {
  readonly name: string | undefined;
  readonly until: number;
}

export function createPeerNames(options: PeerNamesOptions = {}): PeerNames {
  const {
    reverse = dns.reverse,
    maxKnown = 4096,
    maxPending = 16,
    lifeMs = 600_000,
    namelessLifeMs = 60_000,
    now = () => performance.now(),
  } = options;
  const known = new Map<string, Known>();
  const pending = new Set<string>();

  return {
    lookup(address) {
      const found = known.get(address);
      if (found === undefined || found.until <= now()) {
        if (!pending.has(address) && pending.size < maxPending) void learn(address);
        return found?.name;
      }
      // A Map keeps the order of insertion: what was used last is forgotten last.
      known.delete(address);
      known.set(address, found);
      return found.name;
    },
  };

  async function learn(address: string): Promise<void> {
    pending.add(address);
    const name = await ask(address);
    pending.delete(address);
    known.delete(address);
    known.set(address, { name, until: now() + (name === undefined ? namelessLifeMs : lifeMs) });
    if (known.size > maxKnown) known.delete(known.keys().next().value!);
  }

  async function ask(address: string): Promise<string | undefined> {
    try {
      return firstName(await reverse(address));
    } catch {
      // No name, no answer, or an address with a zone, which has no place in the DNS.
      return undefined;
    }
  }
}

// RFC 1035 3.1: 253 characters in text. Anything but host name characters is somebody's joke.
const hostName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

function firstName(names: readonly string[]): string | undefined {
  const name = names[0]?.toLowerCase().replace(/\.$/, '');
  return name !== undefined && name.length <= 253 && hostName.test(name) ? name : undefined;
}
