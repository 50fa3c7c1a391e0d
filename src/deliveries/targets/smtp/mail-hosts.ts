import { lookup, Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

import { reasonOf } from '../../../contract/errors.ts';
import { Fault } from './fault.ts';

/** Answers of the domain name system. */
export interface Names {
  mail(domain: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  addresses(host: string): Promise<readonly string[]>;
  /** Of this machine, or of its neighbours on the wire only. */
  isOurs(address: string): boolean;
}

export interface MailHost {
  readonly name: string;
  readonly address: string;
}

const lookupMs = 5_000;
const lookupTries = 2;
// Nobody is served better by more.
const maxHosts = 5;
const maxAddresses = 2;

export function systemNames(): Names {
  const resolver = new Resolver({ timeout: lookupMs, tries: lookupTries });
  return {
    mail: (domain) => resolver.resolveMx(domain),
    addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    isOurs,
  };
}

/** The domain of an address, as the domain name system has it. */
export function domainOf(recipient: string): string {
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1);
  // Whoever writes to us must not choose machines by their addresses (RFC 5321 4.1.3).
  if (domain.startsWith('[') || isIP(domain) !== 0) throw new Fault('mail is not sent to an address in brackets', true);
  const ascii = domainToASCII(domain).replace(/\.$/, '');
  if (!recipient.includes('@') || ascii === '' || ascii.length > 253) throw new Fault('this is no mail address', true);
  return ascii;
}

/** Where mail for a domain is taken in (RFC 5321 5.1), the best first. Throws a Fault where there is no such place. */
export async function findMailHosts(domain: string, names: Names): Promise<readonly MailHost[]> {
  const found: MailHost[] = [];
  let trouble: unknown = null;
  for (const name of (await exchanges(domain, names)).slice(0, maxHosts)) {
    try {
      const addresses = (await names.addresses(name)).filter((address) => !names.isOurs(address));
      found.push(...addresses.slice(0, maxAddresses).map((address) => ({ name, address })));
    } catch (error) {
      trouble = error;
    }
  }
  if (found.length > 0) return found;
  if (trouble === null) throw new Fault(`mail for ${domain} leads back to this machine`, true);
  throw new Fault(`the mail servers of ${domain} have no addresses: ${reasonOf(trouble)}`, false, { cause: trouble });
}

async function exchanges(domain: string, names: Names): Promise<readonly string[]> {
  try {
    const records = await names.mail(domain);
    // RFC 7505 3: a single "." says that no mail is taken.
    if (records.length > 0 && records.every(({ exchange }) => exchange === '' || exchange === '.'))
      throw new Fault(`${domain} takes no mail`, true);
    const inOrder = records
      .map(({ exchange, priority }) => ({ exchange, priority, turn: Math.random() }))
      .sort((a, b) => a.priority - b.priority || a.turn - b.turn);
    // RFC 5321 5.1: without records, the domain itself is the host.
    return records.length === 0 ? [domain] : inOrder.map(({ exchange }) => exchange);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA') return [domain];
    if (code === 'ENOTFOUND') throw new Fault(`there is no domain ${domain}`, true);
    throw new Fault(`the mail servers of ${domain} cannot be found out: ${reasonOf(error)}`, false, { cause: error });
  }
}

// A domain's owner can name any address: mail must come neither back to us, nor to who trusts us for being near.
export function isOurs(address: string): boolean {
  return ownAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const ownAddresses = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  ownAddresses.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  ownAddresses.addSubnet(network, bits, 'ipv6');
