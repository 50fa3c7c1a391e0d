import { lookup as lookUp } from 'node:dns/promises';
import { BlockList, isIPv4 } from 'node:net';

import { reasonOf } from '../../../contract/errors.ts';
import type { Logger } from '../../../contract/logger.ts';
import type { Session } from '../../../contract/session.ts';
import type { PublicAddressPlan, PublicAddressRule } from './public-address-option.ts';

/** Which address PASV tells a peer. */
export interface PublicAddresses {
  /** Resolves when the host names were looked up once: at the service's start. Never rejects. */
  ready(): Promise<void>;
  /** An IPv4 address. */
  tell(session: Pick<Session, 'peer' | 'local'>): string;
}

export interface PublicAddressesOptions {
  readonly plan: PublicAddressPlan;
  readonly log: Logger;
  /** The IPv4 address of a host name. */
  readonly lookup?: (name: string) => Promise<string>;
}

export function createPublicAddresses({ plan, log, lookup = resolve }: PublicAddressesOptions): PublicAddresses {
  const choices = plan.map((rule) => createChoice(rule, log, lookup)).sort((a, b) => b.prefix - a.prefix);
  let hasWarned = false;
  const warn = (told: string, peer: string): void => {
    if (hasWarned || !isPrivate(told) || isPrivate(peer)) return;
    hasWarned = true;
    log.warning(`PASV tells peers of the internet the private address ${told}: set public_address`, { peer });
  };
  return {
    async ready() {
      await Promise.all(choices.map(({ refresh }) => refresh()));
    },
    tell({ peer, local }) {
      const choice = choices.find(({ isFor }) => isFor(peer.address));
      const told = choice?.address() ?? local.address;
      warn(told, peer.address);
      return told;
    },
  };
}

/** One line of the map. */
interface Choice {
  readonly prefix: number;
  isFor(peer: string): boolean;
  /** null: the control connection's own. */
  address(): string | null;
  refresh(): Promise<void>;
}

const refreshMs = 60_000;

function createChoice(
  { network, address }: PublicAddressRule,
  log: Logger,
  lookup: (name: string) => Promise<string>,
): Choice {
  const isName = address !== 'auto' && !isIPv4(address);
  let known = isIPv4(address) ? address : null;
  let askedTick = Number.NEGATIVE_INFINITY;
  const refresh = async (): Promise<void> => {
    if (!isName) return;
    askedTick = performance.now();
    try {
      known = await lookup(address);
    } catch (error) {
      // The last one that was found may still be right; without one, it is as with "auto".
      log.warning(`the public address ${address} is not found: ${reasonOf(error)}`);
    }
  };
  return {
    ...scopeOf(network),
    refresh,
    address() {
      // Who asks gets what is known: nobody waits for a name server.
      if (isName && performance.now() - askedTick > refreshMs) void refresh();
      return known;
    },
  };
}

function scopeOf(network: string | null): Pick<Choice, 'prefix' | 'isFor'> {
  if (network === null) return { prefix: -1, isFor: () => true };
  const [host = '', bits] = network.split('/');
  const family = familyOf(host);
  const prefix = bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits);
  const list = new BlockList();
  list.addSubnet(host, prefix, family);
  return { prefix, isFor: (peer) => list.check(peer, familyOf(peer)) };
}

const privateNetworks = new BlockList();
// RFC 6890: private, shared, link-local, this host.
for (const [host, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateNetworks.addSubnet(host, bits, 'ipv4');
}

function isPrivate(address: string): boolean {
  return isIPv4(address) && privateNetworks.check(address, 'ipv4');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

async function resolve(name: string): Promise<string> {
  return (await lookUp(name, { family: 4 })).address;
}
